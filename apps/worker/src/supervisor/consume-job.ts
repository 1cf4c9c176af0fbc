import type { JobResult, ModelName } from "@precis/contracts";
import type { Tracing } from "@precis/observability";
import type { ConsumedJob } from "@precis/queue";
import type { ModelSlot } from "./model-slot.js";

/**
 * What happens to one job: read its text, run it on its model.
 *
 * @param keepAlive told a job's wish before its model is needed
 */
export function createJobHandler(
  slots: Readonly<Record<ModelName, ModelSlot>>,
  keepAlive: (model: ModelName, ttlMs: number | undefined) => void,
  tracing: Tracing,
) {
  return async (job: ConsumedJob): Promise<JobResult> => {
    const { model, maxLength, minLength, numBeams, startBy } = job.data;
    const text = await job.readText();
    keepAlive(model, job.data.keepAliveMs);
    const trace = tracing.carrier();
    return slots[model].run({
      text,
      ...(trace === undefined ? {} : { trace }),
      ...(maxLength === undefined ? {} : { maxLength }),
      ...(minLength === undefined ? {} : { minLength }),
      ...(numBeams === undefined ? {} : { numBeams }),
      ...(startBy === undefined ? {} : { startBy }),
      partials: job.partials,
      signal: job.signal,
      onProgress: job.reportProgress,
    });
  };
}
