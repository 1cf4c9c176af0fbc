import type { DeliveryAttempt, WebhookBody } from "@precis/contracts";
import type { Logger } from "@precis/observability";
import { type ConsumedDelivery, type DeliveryOutcome, readJob } from "@precis/queue";
import type { Keys, Redis } from "@precis/redis";
import { buildMessageId, deleteStoredBody, recordAttempt, storeBody } from "@precis/webhooks";

/** What an attempt adds to the delivery log beside its number and times. */
type AttemptDetails = Pick<DeliveryAttempt, "status" | "response_body" | "error">;

export const skipped: DeliveryOutcome = { type: "done", outcome: "skipped" };

/** Writes the outcome of one attempt to Redis and to the log, and returns it for the queue. */
export interface OutcomeRecorder {
  readonly log: Logger;
  recordDelivered(details: AttemptDetails): Promise<DeliveryOutcome>;
  recordRetry(reason: string, afterMs: number, details: AttemptDetails): Promise<DeliveryOutcome>;
  recordFailed(reason: string, details: AttemptDetails): Promise<DeliveryOutcome>;
  /** Puts the delivery off to `at` (Unix ms) without counting an attempt. */
  postpone(at: number): Promise<DeliveryOutcome>;
}

export function createOutcomeRecorder(
  options: { redis: Redis; keys: Keys; log: Logger },
  { data, made }: ConsumedDelivery,
  body: WebhookBody,
): OutcomeRecorder {
  const { redis, keys } = options;
  const { jobId, resultTtlSeconds } = data;
  const started = Date.now();
  // The log gets the origin only, because the path and the query may contain a secret.
  const { origin } = new URL(data.webhook.url);
  const log = options.log.child({ job: jobId, request: data.requestId, to: origin });

  const record = (rest: Pick<DeliveryAttempt, "state" | "next_attempt_at"> & AttemptDetails) => {
    const attempt: DeliveryAttempt = {
      message_id: buildMessageId(jobId, body.timestamp),
      event: body.type,
      attempt: made + 1,
      at: new Date(started).toISOString(),
      ms: Date.now() - started,
      ...rest,
    };
    return recordAttempt(redis, keys, jobId, attempt, resultTtlSeconds);
  };
  /** Deletes log and body again if the job was deleted during the attempt; a job that has expired keeps them. */
  const deleteIfJobDeleted = async (): Promise<boolean> => {
    const expiresAt = Date.parse(body.timestamp) + resultTtlSeconds * 1_000;
    if (Date.now() >= expiresAt || (await readJob(redis, keys, jobId)) !== undefined) return false;
    await redis.del(keys.webhookBody(jobId), keys.deliveries(jobId));
    return true;
  };

  return {
    log,
    recordDelivered: async (details) => {
      await record({ ...details, state: "delivered" });
      await deleteStoredBody(redis, keys, jobId);
      await deleteIfJobDeleted();
      log.info({ attempt: made + 1, ms: Date.now() - started }, "webhook delivered");
      return { type: "done", outcome: "delivered" };
    },
    recordRetry: async (reason, afterMs, details) => {
      const next = Date.now() + afterMs;
      await storeBody(redis, keys, jobId, body, next);
      await record({ ...details, state: "retrying", next_attempt_at: new Date(next).toISOString() });
      if (await deleteIfJobDeleted()) return skipped;
      log.warn({ attempt: made + 1, reason, next_in_ms: afterMs }, "webhook attempt failed");
      return { type: "retry", afterMs, reason };
    },
    recordFailed: async (reason, details) => {
      await record({ ...details, state: "failed" });
      await deleteStoredBody(redis, keys, jobId);
      await deleteIfJobDeleted();
      log.error({ attempts: made + 1, reason }, "webhook delivery failed");
      return { type: "stop", reason };
    },
    postpone: async (at) => {
      await storeBody(redis, keys, jobId, body, at);
      return (await deleteIfJobDeleted()) ? skipped : { type: "postpone", at };
    },
  };
}
