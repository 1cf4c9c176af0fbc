import type { DeliveryQueue } from "../deliveries/delivery-queue.js";
import type { JobWatcher } from "../events/watch-jobs.js";
import type { JobQueue } from "./job-queue.js";
import type { JobRecord } from "./read-job.js";
import type { RetryResult } from "./retry-job.js";

/** What a caller does to a job that exists, each with everything that belongs to it. */
export interface JobActions {
  /**
   * Cancels a job wherever it is, and waits until it has ended; `undefined` when there is no such job. A job that still runs
   * afterwards is marked: it will end as cancelled, without a result.
   */
  cancel(id: string): Promise<{ job: JobRecord; hadFinished: boolean } | undefined>;
  /** Puts a failed or cancelled job back into the queue, with a webhook for its next end. */
  retry(id: string): Promise<RetryResult>;
  /**
   * Deletes a job, its text, its result and the data of its webhook; cancels it first when it has not ended. `running`: it is
   * marked as cancelled, but its worker has not stopped.
   */
  delete(id: string): Promise<"deleted" | "running" | "missing">;
}

export interface JobActionsOptions {
  queue: Pick<JobQueue, "read" | "cancel" | "retry" | "delete">;
  deliveries: Pick<DeliveryQueue, "awaitNextEnd" | "forget">;
  watcher: Pick<JobWatcher, "waitForEnd">;
  /** Asks the worker that runs the job to stop. It stops without being asked when it notices the mark; this is faster. */
  requestStop(jobId: string): void;
  /** How long to wait until a running job has stopped. */
  stopTimeoutMs: number;
}

export function createJobActions({ queue, deliveries, watcher, ...options }: JobActionsOptions): JobActions {
  const cancel: JobActions["cancel"] = async (id) => {
    const outcome = await queue.cancel(id);
    if (outcome === "missing") return undefined;
    if (outcome === "running") options.requestStop(id);
    const job = await watcher.waitForEnd(id, outcome === "cancelled" ? 0 : options.stopTimeoutMs);
    if (job === undefined) return undefined;
    const hasFinished = job.status === "completed" || job.status === "failed";
    return { job, hadFinished: outcome === "finished" || hasFinished };
  };
  return {
    cancel,
    // The delivery comes before the retry, so that a crash between them cannot lose the webhook of the next end.
    retry: (id) => queue.retry(id, (job) => deliveries.awaitNextEnd(job)),
    delete: async (id) => {
      let job = await queue.read(id);
      if (job?.finishedAt === undefined) job = (await cancel(id))?.job;
      if (job === undefined) return "missing";
      if (job.finishedAt === undefined) return "running";
      await queue.delete(job);
      if (job.data.webhook !== undefined) await deliveries.forget(id);
      return "deleted";
    },
  };
}
