import type { JobResult, ModelName } from "@precis/contracts";
import type { Tracing } from "@precis/observability";
import type { ConsumedJob } from "@precis/queue";
import type { IsolationGate } from "./isolation-gate.js";
import type { ModelSlot } from "./model-runner.js";

/**
 * What happens to one job: wait until it may run beside the others that do, read its text, run it on its model.
 *
 * @param keepAlive told a job's wish before its model is needed
 */
export function createJobHandler(
  slots: Readonly<Record<ModelName, ModelSlot>>,
  gate: IsolationGate,
  keepAlive: (model: ModelName, ttlMs: number | undefined) => void,
  tracing: Tracing,
) {
  return async (job: ConsumedJob): Promise<JobResult> => {
    const { model, maxLength, minLength, numBeams, startBy, isolation } = job.data;
    const leave = await gate.enter({ model, isolation, signal: job.signal });
    const text = await job.readText().catch((error) => {
      leave();
      throw error;
    });
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
      onLeave: leave,
    });
  };
}
