import { sendCommand } from "@precis/control";
import type { JobRecord } from "@precis/queue";
import type { Parts } from "../parts.js";
import { jobNotFound } from "./job-not-found.js";

/** A worker obeys within one token; longer than this takes one that was cut off, which then drops its result. */
const stopWithinMs = 5_000;

/**
 * Cancels a job wherever it is, and waits until it has ended.
 *
 * @returns the job as it then stands, and whether it had ended before
 * @throws {PrecisError} `job_not_found`
 */
export async function stopJob(
  { queue, redis, keys, watcher }: Parts,
  id: string,
): Promise<{ job: JobRecord; before: boolean }> {
  const outcome = await queue.cancel(id);
  if (outcome === "missing") throw jobNotFound(id);
  if (outcome === "running") {
    // The mark holds even if no worker hears the command; what the command gains is time.
    sendCommand(redis, keys, { type: "cancel", jobId: id }, stopWithinMs).catch(() => {});
  }
  const job = await watcher.waitForEnd(id, outcome === "ended" ? 0 : stopWithinMs);
  if (job === undefined) throw jobNotFound(id);
  const ended = job.status === "completed" || job.status === "failed";
  return { job, before: outcome === "finished" || ended };
}
