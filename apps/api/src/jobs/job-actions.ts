import { PrecisError } from "@precis/contracts";
import { sendCommand } from "@precis/control";
import { createJobActions, type JobActions, type JobRecord } from "@precis/queue";
import type { Services } from "../services.js";
import { jobNotFound } from "./job-not-found.js";

/** A worker stops within one token. One that takes longer was cut off from Redis, and will drop its result. */
const stopTimeoutMs = 5_000;

/** Cancel, retry and delete; a running job is stopped through the control channel. */
export function jobActions({ queue, deliveries, watcher, redis, keys }: Services): JobActions {
  return createJobActions({
    queue,
    deliveries,
    watcher,
    stopTimeoutMs,
    requestStop: (jobId) => {
      sendCommand(redis, keys, { type: "cancel", jobId }, { timeoutMs: stopTimeoutMs }).catch(() => {});
    },
  });
}

/**
 * Retries a job; returns it as it was before.
 *
 * @throws {PrecisError} `job_not_found`, `text_lost` or `job_not_failed`
 */
export async function retryJobById(actions: JobActions, id: string): Promise<JobRecord> {
  const { outcome, job } = await actions.retry(id);
  if (outcome === "missing" || job === undefined) throw jobNotFound(id);
  if (outcome === "text-lost") {
    throw new PrecisError("text_lost", `The text of job ${id} has expired or was deleted; submit it again`);
  }
  if (outcome === "not-failed") {
    throw new PrecisError("job_not_failed", `Job ${id} has neither failed nor been cancelled`);
  }
  return job;
}

/**
 * Deletes a job; returns whether there was one.
 *
 * @throws {PrecisError} `job_running`
 */
export async function deleteJobById(actions: JobActions, id: string): Promise<boolean> {
  const outcome = await actions.delete(id);
  if (outcome === "running") {
    throw new PrecisError("job_running", `Job ${id} was cancelled, but its worker does not respond; retry in 30 s`);
  }
  return outcome === "deleted";
}
