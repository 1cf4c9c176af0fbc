import type { Config } from "@precis/config";
import type { Logger, RepeatLimit, Tracing } from "@precis/observability";
import { consumeDeliveries, type DeliveryOutcome } from "@precis/queue";
import type { Keys, Redis } from "@precis/redis";
import { createAddressPolicy } from "@precis/webhooks";
import { createDeliverer } from "./deliver-webhook.js";
import type { PostOptions } from "./post-webhook.js";

export interface DeliveriesOptions {
  config: Config;
  redis: Redis;
  keys: Keys;
  log: Logger;
  repeats: RepeatLimit;
  tracing: Tracing;
  workerId: string;
  version: string;
  /** Called with the outcome of every attempt. */
  onOutcome(outcome: DeliveryOutcome): void;
  /** Resolves host names; for tests. */
  lookup?: PostOptions["lookup"];
}

/** Starts the delivery of webhooks in this worker: they have a queue of their own and run beside the jobs. */
export function startDeliveries(options: DeliveriesOptions): { close(): Promise<void> } {
  const { config, log } = options;
  if (config.webhookConcurrency === 0) return { close: async () => {} };
  const deliver = createDeliverer({
    tracing: options.tracing,
    redis: options.redis,
    keys: options.keys,
    log,
    version: options.version,
    ...(config.webhookSecrets === undefined ? {} : { secrets: config.webhookSecrets }),
    scheduleMs: config.webhookScheduleMs,
    pause: {
      failures: config.webhookPauseFailures,
      afterMs: config.webhookPauseAfterMs,
      probeEveryMs: config.webhookProbeEveryMs,
    },
    maxPerOrigin: Math.ceil(config.webhookConcurrency / 2),
    post: {
      policy: createAddressPolicy(config.webhookAllowNetworks),
      timeoutMs: config.webhookTimeoutMs,
      ...(options.lookup === undefined ? {} : { lookup: options.lookup }),
    },
  });
  return consumeDeliveries({
    redis: options.redis,
    keys: options.keys,
    workerId: options.workerId,
    concurrency: config.webhookConcurrency,
    // The lock must outlive the delivery, or another worker would deliver it too.
    lockMs: Math.max(config.jobLockMs, 2 * config.webhookTimeoutMs),
    telemetry: options.tracing.bull,
    handle: async (delivery) => {
      const outcome = await deliver(delivery);
      options.onOutcome(outcome);
      return outcome;
    },
    onError: (error) => options.repeats.failed("webhook queue", error),
  });
}
