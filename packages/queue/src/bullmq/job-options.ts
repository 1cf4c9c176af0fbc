import type { JobData } from "@precis/contracts";
import type { JobsOptions } from "bullmq";

/**
 * BullMQ applies the age a job was given to all jobs that ended before it, so with ages that differ the shortest would
 * win. Jobs are removed by `sweepJobs`, each at its own time; this is what is left to BullMQ.
 */
const bullKeeps = { age: 32 * 86_400 };

/** The options all jobs have in common, beside the queue's own. */
export const commonOptions: JobsOptions = { removeOnComplete: bullKeeps, removeOnFail: bullKeeps };

/**
 * Every job has a priority: BullMQ serves jobs without one before all others, so nothing could be put before them; and the
 * place in its sorted set costs O(log n) to find, in its list O(n).
 */
export function priorityOf(data: JobData): number {
  return data.priority ?? 5;
}
