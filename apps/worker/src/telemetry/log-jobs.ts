import { type JobResult, PrecisError } from "@precis/contracts";
import type { Logger } from "@precis/observability";
import { type ConsumedJob, Requeue } from "@precis/queue";

/** Jobs that this worker has run. */
export interface JobCounters {
  done: number;
  failed: number;
}

type Handle = (job: ConsumedJob) => Promise<JobResult>;

/** Writes one line for each job that leaves the worker, never with its text, and counts those done and failed. */
export function logJobs(handle: Handle, log: Logger, counters: JobCounters): Handle {
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
      // A requeued job has not failed: it runs another time.
      if (error instanceof Requeue) log.info({ ...about, reason }, "job requeued");
      else {
        counters.failed += 1;
        const isCancelled = error instanceof PrecisError && error.code === "cancelled";
        log.warn({ ...about, reason }, isCancelled ? "job cancelled" : "job failed");
      }
      throw error;
    }
  };
}
