import { monitorEventLoopDelay } from "node:perf_hooks";
import { type JobResult, type ModelName, PrecisError } from "@precis/contracts";
import type { TotalsCounter } from "@precis/control";
import { type ConsumedJob, type DeliveryOutcome, Requeue } from "@precis/queue";
import type { ModelScheduler } from "../scheduler/model-scheduler.js";
import type { StateChange } from "../scheduler/scheduler-events.js";

/** Milliseconds between samples of the event loop, each of which wakes an idle worker; Node includes them in the delay. */
const resolution = 100;

/** Adds the work of this worker to the totals of the fleet. */
export class WorkMetrics {
  readonly #totals: TotalsCounter;
  readonly #lag = monitorEventLoopDelay({ resolution });
  /** When each model began to load or unload. */
  readonly #since = new Map<ModelName, number>();
  readonly #lastRss = new Map<ModelName, number>();
  /** Resident memory of each model before it was unloaded. */
  readonly #rssBefore = new Map<ModelName, number>();

  constructor(totals: TotalsCounter) {
    this.#totals = totals;
    this.#lag.enable();
  }

  /** Counts batches, loads, unloads, crashes and hangs. */
  observe(scheduler: ModelScheduler): void {
    scheduler.on("batch", (model, texts) => this.#totals.observe("batch_texts", [model], texts));
    scheduler.on("crash", ({ model, isHang }) => this.#totals.count(isHang ? "model_hangs" : "model_crashes", [model]));
    scheduler.on("state", (change) => this.#countState(change));
  }

  /** Counts wait and run times, tokens and outcomes of the jobs that `handle` runs. */
  countJobs(handle: (job: ConsumedJob) => Promise<JobResult>): (job: ConsumedJob) => Promise<JobResult> {
    return async (job) => {
      const { model } = job.data;
      const start = performance.now();
      this.#totals.observe("job_wait_seconds", [model], job.waitedMs / 1_000);
      try {
        const result = await handle(job);
        this.#totals.observe("job_run_seconds", [model], (performance.now() - start) / 1_000);
        this.#totals.count("jobs", [model, "completed"]);
        this.#totals.count("tokens", [model, "input"], result.input_tokens);
        this.#totals.count("tokens", [model, "output"], result.output_tokens);
        return result;
      } catch (error) {
        this.#totals.count("jobs", [model, outcomeOf(error)]);
        throw error;
      }
    };
  }

  countQuarantine(model: ModelName): void {
    this.#totals.count("jobs_quarantined", [model]);
  }

  countDelivery(outcome: DeliveryOutcome): void {
    if (outcome.type === "done") this.#totals.count("webhook_deliveries", [outcome.outcome]);
    if (outcome.type === "retry") this.#totals.count("webhook_deliveries", ["retried"]);
    if (outcome.type === "stop") this.#totals.count("webhook_deliveries", ["failed"]);
  }

  /** Remembers resident memory: when an unload begins it may be too late to measure what it frees. */
  rememberRss(models: readonly { model: ModelName; rss: number }[]): void {
    for (const { model, rss } of models) this.#lastRss.set(model, rss);
  }

  /** 99th percentile of the event-loop delay since the last call, in milliseconds. */
  eventLoopLagMs(): number {
    const milliseconds = this.#lag.percentile(99) / 1e6 - resolution;
    this.#lag.reset();
    return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : 0;
  }

  flush(): Promise<void> {
    return this.#totals.flush();
  }

  #countState({ model, state, previous }: StateChange): void {
    // A job may have waited for the model, which is then busy at once.
    if (previous === "loading" && (state === "ready" || state === "busy")) {
      this.#totals.observe("model_load_seconds", [model], this.#elapsed(model));
    }
    // After an unload, `absent` is skipped if jobs wait: the model is loaded again at once.
    if (previous === "terminating") {
      this.#totals.observe("model_unload_seconds", [model], this.#elapsed(model));
      this.#totals.count("freed_bytes", [model], this.#rssBefore.get(model) ?? 0);
    }
    if (state === "terminating") this.#rssBefore.set(model, this.#lastRss.get(model) ?? 0);
    // An unload takes from the moment it drains.
    const isContinued = previous === "draining" && state === "terminating";
    if (state === "loading" || state === "draining" || (state === "terminating" && !isContinued)) {
      this.#since.set(model, performance.now());
    }
  }

  #elapsed(model: ModelName): number {
    return (performance.now() - (this.#since.get(model) ?? performance.now())) / 1_000;
  }
}

function outcomeOf(error: unknown): "requeued" | "cancelled" | "failed" {
  if (error instanceof Requeue) return "requeued";
  return error instanceof PrecisError && error.code === "cancelled" ? "cancelled" : "failed";
}
