import type { Keys, Redis } from "@precis/redis";
import { Job, type Queue } from "bullmq";
import { forgetStarts } from "../bullmq/start-mark.js";
import { readJob } from "./read-job.js";

export type RetryOutcome = "queued" | "not-failed" | "text-lost" | "missing";

/** Puts a job that failed or was cancelled back into the queue, with all its attempts and without its deadline; it is no suspect any more. */
export async function retryJob(
  bull: Queue,
  redis: Redis,
  keys: Keys,
  id: string,
  textTtlMs: number,
): Promise<RetryOutcome> {
  const record = await readJob(redis, keys, id);
  if (record === undefined) return "missing";
  if (record.status !== "failed" && record.status !== "cancelled") return "not-failed";
  if ((await redis.pexpire(keys.text(id), textTtlMs)) === 0) return "text-lost";
  const job = await Job.fromId(bull, id);
  if (job === undefined) return "missing";
  await redis.del(keys.cancelled(id));
  const { startBy: _, isolation: __, failedAttempts: ___, ...data } = record.data;
  await Promise.all([job.updateData(data), forgetStarts(redis, keys, id)]);
  try {
    await job.retry("failed", { resetAttemptsMade: true, resetAttemptsStarted: true });
  } catch (error) {
    // Two retries at a time: the other one was first.
    if (/is not in the failed state/.test((error as Error).message)) return "not-failed";
    throw error;
  }
  return "queued";
}
