import type { Keys, Redis } from "@precis/redis";
import { bullKeys } from "./keys.js";
import type { OpenQueue } from "./open-queue.js";
import { type QueueName, summarizeQueueName, webhooksQueueName } from "./queue-names.js";

/** Whether an operator has paused a queue. */
export async function isPaused({ redis, keys }: Pick<OpenQueue, "redis" | "keys">): Promise<boolean> {
  return (await redis.hexists(keys.meta, "paused")) === 1;
}

/** The queues that an operator has paused on the queue board: their jobs are accepted, and no worker claims them. */
export async function readPausedQueues(redis: Redis, keys: Keys): Promise<QueueName[]> {
  const queues = [summarizeQueueName, webhooksQueueName] as const;
  const paused = await Promise.all(queues.map((queue) => isPaused({ redis, keys: bullKeys(keys, queue) })));
  return queues.filter((_, index) => paused[index]);
}
