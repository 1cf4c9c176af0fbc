import type { DeliveryAttempt, WebhookBody } from "@precis/contracts";
import type { Logger, Tracing } from "@precis/observability";
import { type ConsumedDelivery, type DeliveryOutcome, readJob } from "@precis/queue";
import type { Keys, Redis } from "@precis/redis";
import {
  dropBody,
  type EndpointHealthLimits,
  endpointHealth,
  keepBody,
  messageId,
  readSecrets,
  recordAttempt,
  retryDelay,
  signWebhook,
} from "@precis/webhooks";
import { createOriginShare } from "./origin-limit.js";
import { type PostOptions, postWebhook, type WebhookAnswer } from "./post-webhook.js";
import { eventOf, findBody } from "./read-event.js";

export interface DelivererOptions {
  redis: Redis;
  keys: Keys;
  log: Logger;
  tracing: Tracing;
  version: string;
  /** `WEBHOOK_SECRET`; without it the secrets kept in Redis sign. */
  secrets?: readonly string[];
  scheduleMs: readonly number[];
  pause: EndpointHealthLimits;
  post: Pick<PostOptions, "policy" | "timeoutMs" | "lookup">;
  /** Most calls to one origin at a time. */
  perOrigin: number;
}

/** A job that was retried ends without starting a delivery: the one that waits for it looks this often. */
const retriedJobPollMs = 2_000;
const retryBeginsWithinMs = 60_000;

/** About how much later a delivery is tried whose receiver has its share of calls under way. */
const crowdedDelayMs = 1_000;

const skipped: DeliveryOutcome = { type: "done", outcome: "skipped" };

/** What happens to one delivery: find the body, ask whether the endpoint is up, call it, note what came of it. */
export function createDeliverer(options: DelivererOptions): (delivery: ConsumedDelivery) => Promise<DeliveryOutcome> {
  const { redis, keys } = options;
  const share = createOriginShare(options.perOrigin);
  return async (delivery) => {
    const { jobId, webhook, asked, afterEnd, firstAttemptAt } = delivery.data;
    const body = await findBody(redis, keys, jobId);
    if (body === "not-ended") return { type: "postpone", at: Date.now() + retriedJobPollMs };
    if (body === "gone") return skipped;
    if (afterEnd !== undefined && Date.parse(body.timestamp) <= afterEnd) {
      // The retry is about to begin, or never will.
      const still = Date.now() - firstAttemptAt < retryBeginsWithinMs;
      return still ? { type: "postpone", at: Date.now() + retriedJobPollMs } : skipped;
    }
    if (asked !== true && !webhook.events.includes(eventOf(body))) return skipped;
    const attempt = describeAttempt(options, delivery, body);
    const giveBack = share.take(webhook.url);
    if (giveBack === undefined) return attempt.postpone(Date.now() + crowdedDelayMs * (0.5 + Math.random()));
    try {
      return await deliver(options, delivery, body, attempt);
    } finally {
      giveBack();
    }
  };
}

type Attempt = ReturnType<typeof describeAttempt>;

async function deliver(
  options: DelivererOptions,
  { data, made }: ConsumedDelivery,
  body: WebhookBody,
  attempt: Attempt,
): Promise<DeliveryOutcome> {
  const { redis, keys, scheduleMs, pause } = options;
  const endpoint = endpointHealth(redis, keys, data.webhook.url, pause);
  // The delivery of a retried job waits for the end of it first.
  const since = Math.max(data.firstAttemptAt, Date.parse(body.timestamp));
  const admission = await endpoint.admit();
  if (!admission.admitted) {
    // A paused endpoint uses up no attempts, but time: it must not hold deliveries for ever.
    const longestMs = scheduleMs.reduce((sum, part) => sum + part, 0) + pause.probeEveryMs;
    if (Date.now() - since <= longestMs) return attempt.postpone(admission.nextProbeAt);
    const message = "the endpoint has been paused since it failed for long";
    return attempt.giveUp(message, { error: { code: "endpoint_paused", message } });
  }

  const text = JSON.stringify(body);
  const secrets = await readSecrets(redis, keys, options.secrets);
  const { host } = new URL(data.webhook.url);
  const span = { kind: "client", attributes: { "server.address": host, "precis.job": data.jobId } } as const;
  const answer = await options.tracing.span(`POST ${host}`, span, async ({ set }) => {
    const answered = await postWebhook({
      ...options.post,
      url: data.webhook.url,
      body: text,
      headers: {
        "content-type": "application/json",
        "user-agent": `precis/${options.version}`,
        ...options.tracing.carrier(),
        ...signWebhook(messageId(data.jobId, body.timestamp), new Date(), text, secrets),
      },
    });
    if ("status" in answered) set("http.response.status_code", answered.status);
    else set("error.type", answered.fault);
    return answered;
  });
  if ("status" in answer && answer.status >= 200 && answer.status < 300) {
    if ((await endpoint.succeed()) === "resumed") attempt.log.info("webhook endpoint answers again: resumed");
    return attempt.delivered(tell(answer));
  }
  if ((await endpoint.fail()) === "paused") {
    attempt.log.warn({ probe_every_ms: pause.probeEveryMs }, "webhook endpoint has failed for long: paused");
  }
  const reason = "status" in answer ? `HTTP ${answer.status}` : `${answer.fault}: ${answer.message}`;
  const failure = "status" in answer ? answer : { timedOut: answer.fault === "timeout" };
  const afterMs = retryDelay(scheduleMs, made + 1, Date.now() - since, failure);
  return afterMs === undefined ? attempt.giveUp(reason, tell(answer)) : attempt.retry(reason, afterMs, tell(answer));
}

/** The ways an attempt can end, each with what it leaves in Redis and in the log. */
function describeAttempt(options: DelivererOptions, { data, made }: ConsumedDelivery, body: WebhookBody) {
  const { redis, keys } = options;
  const { jobId, resultTtlSeconds } = data;
  const started = Date.now();
  // Path and query may hold a secret of the receiver's.
  const { origin } = new URL(data.webhook.url);
  const log = options.log.child({ job: jobId, request: data.requestId, to: origin });

  const note = (rest: Pick<DeliveryAttempt, "state"> & Partial<DeliveryAttempt>) => {
    const attempt: DeliveryAttempt = {
      message_id: messageId(jobId, body.timestamp),
      event: body.type,
      attempt: made + 1,
      at: new Date(started).toISOString(),
      ms: Date.now() - started,
      ...rest,
    };
    return recordAttempt(redis, keys, jobId, attempt, resultTtlSeconds);
  };
  /** Whether the job was deleted meanwhile, which is not to have expired; then nothing of it may stay. */
  const deleted = async () => {
    const expiresAt = Date.parse(body.timestamp) + resultTtlSeconds * 1_000;
    if (Date.now() >= expiresAt || (await readJob(redis, keys, jobId)) !== undefined) return false;
    await redis.del(keys.webhookBody(jobId), keys.deliveries(jobId));
    return true;
  };

  return {
    log,
    delivered: async (told: Partial<DeliveryAttempt>): Promise<DeliveryOutcome> => {
      await note({ ...told, state: "delivered" });
      await dropBody(redis, keys, jobId);
      await deleted();
      log.info({ attempt: made + 1, ms: Date.now() - started }, "webhook delivered");
      return { type: "done", outcome: "delivered" };
    },
    retry: async (reason: string, afterMs: number, told: Partial<DeliveryAttempt>): Promise<DeliveryOutcome> => {
      const next = Date.now() + afterMs;
      await keepBody(redis, keys, jobId, body, next);
      await note({ ...told, state: "retrying", next_attempt_at: new Date(next).toISOString() });
      if (await deleted()) return skipped;
      log.warn({ attempt: made + 1, reason, next_in_ms: afterMs }, "webhook not delivered");
      return { type: "retry", afterMs, reason };
    },
    giveUp: async (reason: string, told: Partial<DeliveryAttempt>): Promise<DeliveryOutcome> => {
      await note({ ...told, state: "failed" });
      await dropBody(redis, keys, jobId);
      await deleted();
      log.error({ attempts: made + 1, reason }, "webhook given up");
      return { type: "stop", reason };
    },
    postpone: async (at: number): Promise<DeliveryOutcome> => {
      await keepBody(redis, keys, jobId, body, at);
      return (await deleted()) ? skipped : { type: "postpone", at };
    },
  };
}

function tell(answer: WebhookAnswer): Partial<DeliveryAttempt> {
  return "status" in answer
    ? { status: answer.status, ...(answer.responseBody === "" ? {} : { response_body: answer.responseBody }) }
    : { error: { code: answer.fault, message: answer.message } };
}
