import type { DefaultJobOptions, JobsOptions } from "bullmq";

/**
 * BullMQ applies the age of one job to all jobs that ended before it, so with different ages the shortest would win. Jobs are
 * removed by `sweepJobs`, each at its own time; BullMQ removes only what the sweep has missed for a month.
 */
const retention = { age: 32 * 86_400 };

/** @param maxAttempts all attempts of a job together, whatever the causes of their failures */
export function summarizeDefaults(maxAttempts: number): DefaultJobOptions {
  return {
    attempts: maxAttempts,
    backoff: { type: "exponential", delay: 250, jitter: 0.5 },
    stackTraceLimit: 5,
    removeOnComplete: retention,
    removeOnFail: retention,
  };
}

/** Of 1 (highest) to 10. */
export const defaultPriority = 5;

/**
 * Every job has a priority: BullMQ serves jobs without one before all others, so none could be served before them; and its
 * sorted set finds the position of a job in O(log n), its list in O(n).
 */
export function summarizeOptions(priority = defaultPriority): JobsOptions {
  return { priority };
}

/** Kept for the board only: results of deliveries are in the delivery log. */
const deliveryRetention = { age: 24 * 3_600, count: 10_000 };

/** @param scheduleMs delay before each attempt; its length is the number of attempts */
export function deliveryOptions(scheduleMs: readonly number[], delay = scheduleMs[0] ?? 0): JobsOptions {
  return {
    attempts: scheduleMs.length,
    // The worker that saw the failure chooses the delay, since it depends on the response of the receiver.
    backoff: { type: "custom" },
    delay,
    stackTraceLimit: 0,
    removeOnComplete: deliveryRetention,
    removeOnFail: deliveryRetention,
  };
}
