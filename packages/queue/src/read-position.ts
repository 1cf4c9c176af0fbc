import type { Keys, Redis } from "@precis/redis";
import { summarizeQueueName } from "./queue-name.js";

/**
 * Place of a waiting job, 1 being the next to start. Every job of ours has a priority and so lies in BullMQ's sorted set,
 * where its rank costs O(log n); the plain list, which is served first, holds the jobs of older versions only.
 */
export async function readPosition(redis: Redis, keys: Keys, id: string): Promise<number | undefined> {
  const queue = `${keys.prefix}:${summarizeQueueName}`;
  const replies = await redis.pipeline().zrank(`${queue}:prioritized`, id).llen(`${queue}:wait`).exec();
  const [rank, before] = (replies ?? []).map(([error, value]) => {
    if (error) throw error;
    return value;
  }) as [number | null, number];
  return rank === null ? undefined : before + rank + 1;
}
