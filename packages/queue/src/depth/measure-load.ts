import type { Redis } from "@precis/redis";
import type { Queue } from "bullmq";

/** How much lies in the queue, and how much ever went through it. */
export interface QueueLoad {
  /** Jobs that have not ended, those in the hands of workers included. */
  unfinished: number;
  /** Jobs ever added, by all processes: BullMQ counts them even when ids are given. */
  added: number;
}

/** Reads both in two round trips. */
export async function measureLoad(redis: Redis, bull: Queue): Promise<QueueLoad> {
  const [counts, added] = await Promise.all([
    bull.getJobCounts("wait", "prioritized", "delayed", "waiting-children", "active"),
    redis.get(bull.toKey("id")),
  ]);
  return { unfinished: Object.values(counts).reduce((sum, count) => sum + count, 0), added: Number(added ?? 0) };
}
