import type { JobData, JobFailure, JobResult } from "@precis/contracts";
import { countTotals, publishTelemetry } from "@precis/control";
import type { Logger, RepeatLimit } from "@precis/observability";
import type { ConsumedJob, DeliveryOutcome } from "@precis/queue";
import type { Keys, Redis, RedisTime } from "@precis/redis";
import type { ModelScheduler } from "../scheduler/model-scheduler.js";
import { describeWorker, type WorkerIdentity } from "./describe-worker.js";
import { logJobs } from "./log-jobs.js";
import { logScheduler } from "./log-scheduler.js";
import { recordDecision } from "./record-decision.js";
import { TelemetryPublisher } from "./telemetry-publisher.js";
import { WorkMetrics } from "./work-metrics.js";

const flushEveryMs = 5_000;

export interface ReporterOptions {
  scheduler: ModelScheduler;
  identity: WorkerIdentity;
  redis: Redis;
  keys: Keys;
  clock: RedisTime;
  log: Logger;
  repeats: RepeatLimit;
}

/** Reports what this worker does: as log lines, totals of the fleet, memory events and telemetry. */
export class WorkerReporter {
  readonly #options: ReporterOptions;
  readonly #counters = { done: 0, failed: 0 };
  readonly #metrics: WorkMetrics;
  readonly #publisher: TelemetryPublisher;
  #flushing: NodeJS.Timeout | undefined;

  constructor(options: ReporterOptions) {
    this.#options = options;
    const { scheduler, identity, redis, keys, log, repeats } = options;
    this.#metrics = new WorkMetrics(countTotals(redis, keys));
    this.#publisher = new TelemetryPublisher({
      publish: () => this.#publish(),
      onError: (error) => repeats.failed("telemetry was not published", error),
    });
    logScheduler(scheduler, log, repeats);
    this.#metrics.observe(scheduler);
    const recorder = { log, repeats, redis, keys, workerId: identity.id };
    scheduler.on("decision", (decision) => recordDecision(decision, recorder));
    for (const event of ["status", "state", "responding", "decision"] as const) {
      scheduler.on(event, () => this.#publisher.changed());
    }
  }

  start(): void {
    this.#publisher.start();
    this.#flushing = setInterval(() => void this.#metrics.flush().catch(() => {}), flushEveryMs);
  }

  /** Writes what is left; resolves once nothing will be written any more. */
  async stop(): Promise<void> {
    clearInterval(this.#flushing);
    await this.#publisher.stop();
    await this.#metrics.flush();
  }

  /** Publishes telemetry now; resolves when it is written. Never rejects. */
  publish(): Promise<void> {
    return this.#publisher.publish();
  }

  /** Logs and counts the jobs that `handle` runs. */
  observeJobs(handle: (job: ConsumedJob) => Promise<JobResult>): (job: ConsumedJob) => Promise<JobResult> {
    return logJobs(this.#metrics.countJobs(handle), this.#options.log, this.#counters);
  }

  /** A job was quarantined. */
  quarantined(job: string, { model, requestId }: JobData, { message: reason }: JobFailure): void {
    this.#metrics.countQuarantine(model);
    this.#options.log.error({ job, request: requestId, model, reason }, "job quarantined");
  }

  /** A webhook delivery was attempted. */
  deliveryAttempted(outcome: DeliveryOutcome): void {
    this.#metrics.countDelivery(outcome);
  }

  async #publish(): Promise<void> {
    const { scheduler, identity, clock, redis, keys } = this.#options;
    const snapshot = await scheduler.snapshot();
    const worker = await describeWorker({ identity, snapshot, counters: this.#counters, clock });
    this.#metrics.rememberRss(worker.models);
    await publishTelemetry(redis, keys, { ...worker, event_loop_lag_ms: this.#metrics.eventLoopLagMs() });
  }
}
