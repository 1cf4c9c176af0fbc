import type { DeliveryAttempt, WebhookBody } from "@precis/contracts";
import type { Logger, Tracing } from "@precis/observability";
import type { ConsumedDelivery, DeliveryOutcome } from "@precis/queue";
import type { Keys, Redis } from "@precis/redis";
import {
  buildMessageId,
  computeRetryDelay,
  type EndpointHealthLimits,
  readSecrets,
  signWebhook,
  trackEndpoint,
} from "@precis/webhooks";
import { createOriginLimit } from "./origin-limit.js";
import { type PostOptions, postWebhook, type WebhookResponse } from "./post-webhook.js";
import { eventNameOf, readEvent } from "./read-event.js";
import { createOutcomeRecorder, type OutcomeRecorder, skipped } from "./record-outcome.js";

export interface DelivererOptions {
  redis: Redis;
  keys: Keys;
  log: Logger;
  tracing: Tracing;
  version: string;
  /** `WEBHOOK_SECRET`; without it the secrets stored in Redis sign. */
  secrets?: readonly string[];
  scheduleMs: readonly number[];
  pause: EndpointHealthLimits;
  post: Pick<PostOptions, "policy" | "timeoutMs" | "lookup">;
  /** Maximum number of concurrent requests to one origin. */
  maxPerOrigin: number;
}

/** The end of a retried job does not start its delivery (BullMQ does that once), so the delivery polls for it. */
const retriedJobPollMs = 2_000;
const maxRetryStartMs = 60_000;

/** Average delay of a delivery whose origin has reached its limit of concurrent requests. */
const originLimitDelayMs = 1_000;

/** Builds the handler of one delivery: read the event, check that the endpoint is not paused, send, record the outcome. */
export function createDeliverer(options: DelivererOptions): (delivery: ConsumedDelivery) => Promise<DeliveryOutcome> {
  const { redis, keys } = options;
  const originLimit = createOriginLimit(options.maxPerOrigin);
  return async (delivery) => {
    const { jobId, webhook, asked, afterEnd, firstAttemptAt } = delivery.data;
    const body = await readEvent(redis, keys, jobId);
    if (body === "not-ended") return { type: "postpone", at: Date.now() + retriedJobPollMs };
    if (body === "expired") return skipped;
    if (afterEnd !== undefined && Date.parse(body.timestamp) <= afterEnd) {
      // The API queues this delivery before it retries the job, and may die in between.
      const isRetryExpected = Date.now() - firstAttemptAt < maxRetryStartMs;
      return isRetryExpected ? { type: "postpone", at: Date.now() + retriedJobPollMs } : skipped;
    }
    if (asked !== true && !webhook.events.includes(eventNameOf(body))) return skipped;
    const recorder = createOutcomeRecorder(options, delivery, body);
    const release = originLimit.acquire(webhook.url);
    if (release === undefined) return recorder.postpone(Date.now() + originLimitDelayMs * (0.5 + Math.random()));
    try {
      return await attemptDelivery(options, delivery, body, recorder);
    } finally {
      release();
    }
  };
}

async function attemptDelivery(
  options: DelivererOptions,
  delivery: ConsumedDelivery,
  body: WebhookBody,
  recorder: OutcomeRecorder,
): Promise<DeliveryOutcome> {
  const { redis, keys, scheduleMs, pause } = options;
  const { data, made } = delivery;
  const endpoint = trackEndpoint(redis, keys, data.webhook.url, pause);
  // The delivery of a retried job first waits for the job to end.
  const since = Math.max(data.firstAttemptAt, Date.parse(body.timestamp));
  const admission = await endpoint.admit();
  if (!admission.admitted) {
    // Waiting for a paused endpoint counts no attempts, so only time can end it.
    const maxPausedMs = scheduleMs.reduce((sum, part) => sum + part, 0) + pause.probeEveryMs;
    if (Date.now() - since <= maxPausedMs) return recorder.postpone(admission.nextProbeAt);
    const message = "the endpoint has been paused for longer than the whole retry schedule";
    return recorder.recordFailed(message, { error: { code: "endpoint_paused", message } });
  }

  const response = await send(options, delivery, body);
  if ("status" in response && response.status >= 200 && response.status < 300) {
    if ((await endpoint.recordSuccess()) === "resumed") recorder.log.info("webhook endpoint resumed");
    return recorder.recordDelivered(detailsOf(response));
  }
  if ((await endpoint.recordFailure()) === "paused") {
    recorder.log.warn({ probe_every_ms: pause.probeEveryMs }, "webhook endpoint paused");
  }
  const reason = "status" in response ? `HTTP ${response.status}` : `${response.error}: ${response.message}`;
  const failure = "status" in response ? response : { timedOut: response.error === "timeout" };
  const afterMs = computeRetryDelay(scheduleMs, made + 1, Date.now() - since, failure);
  return afterMs === undefined
    ? recorder.recordFailed(reason, detailsOf(response))
    : recorder.recordRetry(reason, afterMs, detailsOf(response));
}

/** Signs and posts the body, inside a client span. */
async function send(
  options: DelivererOptions,
  { data }: ConsumedDelivery,
  body: WebhookBody,
): Promise<WebhookResponse> {
  const text = JSON.stringify(body);
  const secrets = await readSecrets(options.redis, options.keys, options.secrets);
  const { host } = new URL(data.webhook.url);
  const span = { kind: "client", attributes: { "server.address": host, "precis.job": data.jobId } } as const;
  return options.tracing.span(`POST ${host}`, span, async ({ set }) => {
    const response = await postWebhook({
      ...options.post,
      url: data.webhook.url,
      body: text,
      headers: {
        "content-type": "application/json",
        "user-agent": `precis/${options.version}`,
        ...options.tracing.carrier(),
        ...signWebhook(buildMessageId(data.jobId, body.timestamp), new Date(), text, secrets),
      },
    });
    if ("status" in response) set("http.response.status_code", response.status);
    else set("error.type", response.error);
    return response;
  });
}

function detailsOf(response: WebhookResponse): Pick<DeliveryAttempt, "status" | "response_body" | "error"> {
  return "status" in response
    ? { status: response.status, ...(response.responseBody === "" ? {} : { response_body: response.responseBody }) }
    : { error: { code: response.error, message: response.message } };
}
