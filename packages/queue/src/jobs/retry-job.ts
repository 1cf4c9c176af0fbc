import type { Keys } from "@precis/redis";
import type { OpenQueue } from "../bullmq/open-queue.js";
import { retryFailed } from "../bullmq/retry-failed.js";
import { type JobRecord, readJob } from "./read-job.js";

export interface RetryResult {
  outcome: "queued" | "not-failed" | "text-lost" | "missing";
  /** The job as it was before; absent when there is no such job. */
  job?: JobRecord;
}

/**
 * Puts a job that failed or was cancelled back into the queue, with all its attempts and without its deadline; it is not a
 * suspect any more.
 *
 * @param beforeRetry called when the job can be retried, before it is
 */
export async function retryJob(
  queue: OpenQueue,
  keys: Keys,
  id: string,
  textTtlMs: number,
  beforeRetry: (job: JobRecord) => Promise<void>,
): Promise<RetryResult> {
  const { redis } = queue;
  const job = await readJob(redis, keys, id);
  if (job === undefined) return { outcome: "missing" };
  if (job.status !== "failed" && job.status !== "cancelled") return { outcome: "not-failed", job };
  if ((await redis.pexpire(keys.text(id), textTtlMs)) === 0) return { outcome: "text-lost", job };
  await beforeRetry(job);
  await redis.del(keys.cancelled(id));
  const { startBy: _, isolation: __, failedAttempts: ___, ...data } = job.data;
  return { outcome: await retryFailed(queue, id, data), job };
}
