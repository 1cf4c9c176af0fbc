import { sendCommand } from "@precis/control";
import type { JobRecord } from "@precis/queue";
import type { Services } from "../services.js";
import { jobNotFound } from "./job-not-found.js";

/** A worker stops within one token. One that takes longer was cut off from Redis, and will drop its result. */
const stopTimeoutMs = 5_000;

/**
 * Cancels a job wherever it is, and waits until it has ended.
 *
 * @returns the job after that, and whether it had finished before
 * @throws {PrecisError} `job_not_found`
 */
export async function cancelAndWait(
  { queue, redis, keys, watcher }: Services,
  id: string,
): Promise<{ job: JobRecord; hadFinished: boolean }> {
  const outcome = await queue.cancel(id);
  if (outcome === "missing") throw jobNotFound(id);
  if (outcome === "running") {
    // The job is marked as cancelled even if no worker receives the command; the command only makes it faster.
    sendCommand(redis, keys, { type: "cancel", jobId: id }, { timeoutMs: stopTimeoutMs }).catch(() => {});
  }
  const job = await watcher.waitForEnd(id, outcome === "ended" ? 0 : stopTimeoutMs);
  if (job === undefined) throw jobNotFound(id);
  const isFinished = job.status === "completed" || job.status === "failed";
  return { job, hadFinished: outcome === "finished" || isFinished };
}
