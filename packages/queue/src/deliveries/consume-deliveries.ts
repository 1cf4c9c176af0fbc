import { type DeliveryData, deliveryDataSchema } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";
import type { ClaimedJob } from "../bullmq/claimed-job.js";
import type { Telemetry } from "../bullmq/open-queue.js";
import { webhooksQueueName } from "../bullmq/queue-names.js";
import { type JobOutcome, startWorker } from "../bullmq/start-worker.js";

/** A delivery that this worker has claimed. */
export interface ConsumedDelivery {
  data: DeliveryData & { firstAttemptAt: number };
  /** Number of attempts before this one. */
  made: number;
}

/** The outcome of an attempt. */
export type DeliveryOutcome =
  | { type: "done"; outcome: "delivered" | "skipped" }
  /** Failed; the next attempt follows after `afterMs`. */
  | { type: "retry"; afterMs: number; reason: string }
  /** Failed for the last time. */
  | { type: "stop"; reason: string }
  /** Not attempted: claimed again at `at` (Unix ms), and no attempt is counted. */
  | { type: "postpone"; at: number };

export interface ConsumeDeliveriesOptions {
  redis: Redis;
  keys: Keys;
  workerId: string;
  concurrency: number;
  lockMs: number;
  handle(delivery: ConsumedDelivery): Promise<DeliveryOutcome>;
  onError(error: Error): void;
  /** Traces each delivery in the trace it was added in. */
  telemetry?: Telemetry | undefined;
}

/** Delay before the next attempt after an error of our own, such as a lost connection to Redis. */
const errorDelayMs = 5_000;

/** Claims deliveries and applies the outcome of `handle` to each. */
export function consumeDeliveries(options: ConsumeDeliveriesOptions): { close(): Promise<void> } {
  const process = async (job: ClaimedJob): Promise<JobOutcome> => {
    const data = deliveryDataSchema.parse(job.data);
    const firstAttemptAt = data.firstAttemptAt ?? Date.now();
    if (data.firstAttemptAt === undefined) await job.updateData({ ...data, firstAttemptAt });
    return toJobOutcome(await options.handle({ data: { ...data, firstAttemptAt }, made: job.attempts }));
  };
  return startWorker(webhooksQueueName, {
    ...options,
    errorDelayMs,
    // A delivery whose worker dies is left to the next one, however often: it is delivered at least once.
    maxStalledCount: 1_000,
    process,
  });
}

function toJobOutcome(outcome: DeliveryOutcome): JobOutcome {
  switch (outcome.type) {
    case "done":
      return { type: "completed", value: { outcome: outcome.outcome } };
    case "stop":
      return { type: "failed", reason: outcome.reason };
    case "retry":
      return { type: "retry", reason: outcome.reason, delayMs: outcome.afterMs };
    case "postpone":
      return { type: "delayed", until: outcome.at };
  }
}
