import { countAdded, countUnfinished } from "../bullmq/count-jobs.js";
import type { OpenQueue } from "../bullmq/open-queue.js";

/** How many jobs are in the queue, and how many were ever added. */
export interface QueueLoad {
  /** Jobs that have not ended, those that workers hold included. */
  unfinished: number;
  /** Jobs ever added, by all processes. */
  added: number;
}

export async function measureLoad(queue: OpenQueue): Promise<QueueLoad> {
  const [unfinished, added] = await Promise.all([countUnfinished(queue), countAdded(queue)]);
  return { unfinished, added };
}
