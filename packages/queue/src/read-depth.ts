import type { Queue } from "bullmq";

/** The states a job in a queue can be in, as BullMQ names them. */
export const queueStates = [
  "waiting",
  "prioritized",
  "delayed",
  "active",
  "waiting-children",
  "completed",
  "failed",
] as const;

/** How full a queue is. */
export interface QueueDepth {
  queue: string;
  counts: Record<(typeof queueStates)[number], number>;
  /** Age of the job that has waited longest, in milliseconds; 0 when none waits. */
  oldestWaitingMs: number;
  paused: boolean;
}

/** Counts a queue's jobs and looks how long the next one has been waiting. */
export async function readDepth(queue: Queue): Promise<QueueDepth> {
  const [counts, [first], [urgent], paused] = await Promise.all([
    queue.getJobCounts(...queueStates),
    queue.getJobs(["waiting"], 0, 0, true),
    queue.getJobs(["prioritized"], 0, 0, true),
    queue.isPaused(),
  ]);
  // BullMQ 6.7 gives `undefined` in place of a job that was taken between its two reads.
  const since = [first, urgent].flatMap((job) => (job ? [job.timestamp] : []));
  return {
    queue: queue.name,
    counts: Object.fromEntries(queueStates.map((state) => [state, counts[state] ?? 0])) as QueueDepth["counts"],
    oldestWaitingMs: since.length === 0 ? 0 : Math.max(0, Date.now() - Math.min(...since)),
    paused,
  };
}
