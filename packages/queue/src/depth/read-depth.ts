import { countByState, oldestWaitingSince, type QueueState } from "../bullmq/count-jobs.js";
import type { OpenQueue } from "../bullmq/open-queue.js";
import { isPaused } from "../bullmq/paused-queues.js";

/** How full a queue is. */
export interface QueueDepth {
  queue: string;
  counts: Record<QueueState, number>;
  /** Age of the job that has waited longest, in milliseconds; 0 when none waits. */
  oldestWaitingMs: number;
  paused: boolean;
}

export async function readDepth(queue: OpenQueue): Promise<QueueDepth> {
  const [counts, since, paused] = await Promise.all([countByState(queue), oldestWaitingSince(queue), isPaused(queue)]);
  const oldestWaitingMs = since === undefined ? 0 : Math.max(0, Date.now() - since);
  return { queue: queue.bull.name, counts, oldestWaitingMs, paused };
}
