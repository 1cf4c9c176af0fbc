import { type DeliveryData, deliveryDataSchema } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";
import { DelayedError, type Job, type Telemetry, UnrecoverableError, Worker } from "bullmq";
import { webhooksQueueName } from "../bullmq/queue-names.js";

/** One delivery in a worker's hands. */
export interface ConsumedDelivery {
  data: DeliveryData & { firstAttemptAt: number };
  /** Attempts made before this one. */
  made: number;
}

/** What became of an attempt. */
export type DeliveryOutcome =
  | { type: "done"; outcome: "delivered" | "skipped" }
  /** Tried in vain; the next attempt comes after `afterMs`. */
  | { type: "retry"; afterMs: number; reason: string }
  /** Tried in vain for the last time. */
  | { type: "stop"; reason: string }
  /** Not tried: comes again at `at` (Unix ms), and no attempt is counted. */
  | { type: "postpone"; at: number };

export interface ConsumeDeliveriesOptions {
  redis: Redis;
  keys: Keys;
  workerId: string;
  concurrency: number;
  lockMs: number;
  handle(delivery: ConsumedDelivery): Promise<DeliveryOutcome>;
  onError(error: Error): void;
  /** Puts each into a span of the trace it was added in. */
  telemetry?: Telemetry | undefined;
}

/** After an error of ours, such as a Redis that went away, a delivery is tried again this much later. */
const ownFaultDelayMs = 5_000;

class TryLater extends Error {
  override readonly name = "TryLater";

  constructor(
    reason: string,
    readonly afterMs: number,
  ) {
    super(reason);
  }
}

/** Takes deliveries and does with each what `handle` decides. */
export function consumeDeliveries(options: ConsumeDeliveriesOptions): { close(): Promise<void> } {
  const process = async (job: Job, token?: string): Promise<{ outcome: string }> => {
    const data = deliveryDataSchema.parse(job.data);
    const firstAttemptAt = data.firstAttemptAt ?? Date.now();
    if (data.firstAttemptAt === undefined) await job.updateData({ ...data, firstAttemptAt });
    const outcome = await options.handle({ data: { ...data, firstAttemptAt }, made: job.attemptsMade });
    switch (outcome.type) {
      case "done":
        return { outcome: outcome.outcome };
      case "stop":
        throw new UnrecoverableError(outcome.reason);
      case "retry":
        throw new TryLater(outcome.reason, outcome.afterMs);
      case "postpone":
        await job.moveToDelayed(outcome.at, token);
        throw new DelayedError();
    }
  };
  const worker = new Worker(webhooksQueueName, process, {
    connection: options.redis,
    prefix: options.keys.prefix,
    name: options.workerId,
    concurrency: options.concurrency,
    ...(options.telemetry === undefined ? {} : { telemetry: options.telemetry }),
    lockDuration: options.lockMs,
    stalledInterval: options.lockMs,
    // A worker that dies over a delivery leaves it to the next, however often: it is delivered at least once.
    maxStalledCount: 1_000,
    settings: {
      backoffStrategy: (_made, _type, error) => (error instanceof TryLater ? error.afterMs : ownFaultDelayMs),
    },
  });
  worker.on("error", options.onError);
  return { close: () => worker.close() };
}
