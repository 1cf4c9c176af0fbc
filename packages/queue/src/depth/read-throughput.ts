import { finishedPerMinute } from "../bullmq/finished-per-minute.js";
import type { OpenQueue } from "../bullmq/open-queue.js";

/** Jobs that ended, completed or failed, in each of the last `minutes` minutes, oldest first. */
export async function readThroughput(queue: OpenQueue, minutes: number): Promise<number[]> {
  const now = Date.now();
  const [completed, failed] = await Promise.all([
    finishedPerMinute(queue, "completed", minutes, now),
    finishedPerMinute(queue, "failed", minutes, now),
  ]);
  return completed.map((count, minute) => count + (failed[minute] ?? 0));
}
