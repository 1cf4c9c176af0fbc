import { ErrorCode, Job } from "bullmq";
import type { OpenQueue } from "./open-queue.js";
import { clearStart } from "./start-mark.js";

/** Puts a failed job back into the queue with new data and all its attempts. */
export async function retryFailed(
  queue: OpenQueue,
  id: string,
  data: object,
): Promise<"queued" | "not-failed" | "missing"> {
  const job = await Job.fromId(queue.bull, id);
  if (job === undefined) return "missing";
  await Promise.all([job.updateData(data), clearStart(queue, id)]);
  try {
    await job.retry("failed", { resetAttemptsMade: true, resetAttemptsStarted: true });
  } catch (error) {
    // Two retries at the same time: the other one was first.
    if ((error as { code?: unknown }).code === ErrorCode.JobNotInState) return "not-failed";
    throw error;
  }
  return "queued";
}
