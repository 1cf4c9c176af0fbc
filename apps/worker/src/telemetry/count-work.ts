import { monitorEventLoopDelay } from "node:perf_hooks";
import { type JobResult, type ModelName, type ModelState, PrecisError } from "@precis/contracts";
import type { TotalsCounter } from "@precis/control";
import { type ConsumedJob, type DeliveryOutcome, Requeue } from "@precis/queue";

/** Turns what happens on this worker into the fleet's totals. */
export interface WorkCounter {
  /** Wraps a job handler: waits, run times, tokens and outcomes. */
  counting(handle: (job: ConsumedJob) => Promise<JobResult>): (job: ConsumedJob) => Promise<JobResult>;
  batch(model: ModelName, texts: number): void;
  modelState(model: ModelName, state: ModelState, previous: ModelState): void;
  /** Remembers resident memory: once a model is told to go, it may be too late to measure what it gives back. */
  measured(models: readonly { model: ModelName; rss: number }[]): void;
  modelCrash(model: ModelName): void;
  /** It did not respond and was killed. */
  modelHang(model: ModelName): void;
  quarantine(model: ModelName): void;
  delivery(outcome: DeliveryOutcome): void;
  /** 99th percentile of the event-loop delay since the last call, in milliseconds. */
  eventLoopLagMs(): number;
}

/** Milliseconds between looks at the event loop, each of which wakes an idle worker; Node counts them into the delay. */
const resolution = 100;

export function countWork(totals: TotalsCounter): WorkCounter {
  const since = new Map<ModelName, number>();
  const freed = new Map<ModelName, number>();
  const lastRss = new Map<ModelName, number>();
  const lag = monitorEventLoopDelay({ resolution });
  lag.enable();

  const outcomeOf = (error: unknown) => {
    if (error instanceof Requeue) return "requeued";
    return error instanceof PrecisError && error.code === "cancelled" ? "cancelled" : "failed";
  };
  const elapsed = (model: ModelName) => (performance.now() - (since.get(model) ?? performance.now())) / 1_000;

  return {
    counting: (handle) => async (job) => {
      const { model } = job.data;
      const start = performance.now();
      totals.observe("job_wait_seconds", [model], job.waitedMs / 1_000);
      try {
        const result = await handle(job);
        totals.observe("job_run_seconds", [model], (performance.now() - start) / 1_000);
        totals.count("jobs", [model, "completed"]);
        totals.count("tokens", [model, "input"], result.input_tokens);
        totals.count("tokens", [model, "output"], result.output_tokens);
        return result;
      } catch (error) {
        totals.count("jobs", [model, outcomeOf(error)]);
        throw error;
      }
    },
    batch: (model, texts) => totals.observe("batch_texts", [model], texts),
    modelState: (model, state, previous) => {
      // A job may have waited for the model, which is then busy at once.
      if (previous === "loading" && (state === "ready" || state === "busy")) {
        totals.observe("model_load_seconds", [model], elapsed(model));
      }
      if (state === "absent" && previous === "unloading") {
        totals.observe("model_unload_seconds", [model], elapsed(model));
        totals.count("freed_bytes", [model], freed.get(model) ?? 0);
      }
      if (state === "unloading") freed.set(model, lastRss.get(model) ?? 0);
      if (state === "loading" || state === "unloading") since.set(model, performance.now());
    },
    measured: (models) => {
      for (const { model, rss } of models) lastRss.set(model, rss);
    },
    modelCrash: (model) => totals.count("model_crashes", [model]),
    modelHang: (model) => totals.count("model_hangs", [model]),
    quarantine: (model) => totals.count("jobs_quarantined", [model]),
    delivery: (outcome) => {
      if (outcome.type === "done") totals.count("webhook_deliveries", [outcome.outcome]);
      if (outcome.type === "retry") totals.count("webhook_deliveries", ["retried"]);
      if (outcome.type === "stop") totals.count("webhook_deliveries", ["failed"]);
    },
    eventLoopLagMs: () => {
      const milliseconds = lag.percentile(99) / 1e6 - resolution;
      lag.reset();
      return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : 0;
    },
  };
}
