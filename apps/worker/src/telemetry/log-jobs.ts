import type { JobResult } from "@precis/contracts";
import type { Logger } from "@precis/observability";
import { type ConsumedJob, Requeue } from "@precis/queue";
import type { WorkerCounters } from "./describe-worker.js";

type Handle = (job: ConsumedJob) => Promise<JobResult>;

/** One line for each job that leaves the worker, never with its text, and the counts of those done and failed. */
export function logJobs(handle: Handle, log: Logger, counters: WorkerCounters): Handle {
  return async (job) => {
    const start = performance.now();
    const about = { job: job.id, request: job.data.requestId, model: job.data.model };
    try {
      const result = await handle(job);
      counters.done += 1;
      const { chunks, output_tokens: tokens } = result;
      log.info({ ...about, chunks, tokens, ran_ms: Math.round(performance.now() - start) }, "job done");
      return result;
    } catch (error) {
      const { message: reason } = error as Error;
      // Put back is not failed: it is done another time.
      if (error instanceof Requeue) log.info({ ...about, reason }, "job put back");
      else {
        counters.failed += 1;
        log.warn({ ...about, reason }, "job not done");
      }
      throw error;
    }
  };
}
