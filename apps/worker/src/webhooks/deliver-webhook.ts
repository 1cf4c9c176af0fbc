import type { DeliveryAttempt, WebhookBody, WebhookEvent } from "@precis/contracts";
import type { Logger } from "@precis/observability";
import { type ConsumedDelivery, type DeliveryOutcome, describeJob, readJob } from "@precis/queue";
import type { Keys, Redis } from "@precis/redis";
import {
  dropBody,
  type EndpointHealthLimits,
  endpointHealth,
  keepBody,
  messageId,
  readBody,
  readSecrets,
  recordAttempt,
  retryDelay,
  signWebhook,
} from "@precis/webhooks";
import { type PostOptions, postWebhook, type WebhookAnswer } from "./post-webhook.js";

export interface DelivererOptions {
  redis: Redis;
  keys: Keys;
  log: Logger;
  version: string;
  /** `WEBHOOK_SECRET`; without it the secrets kept in Redis sign. */
  secrets?: readonly string[];
  scheduleMs: readonly number[];
  pause: EndpointHealthLimits;
  post: Pick<PostOptions, "policy" | "timeoutMs" | "lookup">;
}

/** A job that was retried ends without starting a delivery: the one that waits for it looks this often. */
const retriedJobPollMs = 2_000;

/** What happens to one delivery: build the body, ask whether the endpoint is up, call it, note what came of it. */
export function createDeliverer(options: DelivererOptions): (delivery: ConsumedDelivery) => Promise<DeliveryOutcome> {
  const { redis, keys, scheduleMs } = options;
  const wholeScheduleMs = scheduleMs.reduce((sum, part) => sum + part, 0);

  return async ({ data, made }) => {
    const { jobId, webhook } = data;
    const log = options.log.child({ job: jobId });
    const body = (await readBody(redis, keys, jobId)) ?? (await buildBody(redis, keys, jobId));
    if (body === "not-ended") return { type: "postpone", at: Date.now() + retriedJobPollMs };
    if (body === "gone") {
      log.info("webhook not sent: the job has been deleted");
      return { type: "done", outcome: "skipped" };
    }
    if (data.again !== "asked" && !webhook.events.includes(eventOf(body))) return { type: "done", outcome: "skipped" };

    const endpoint = endpointHealth(redis, keys, webhook.url, options.pause);
    const admission = await endpoint.admit();
    const started = Date.now();
    const shown = withoutQuery(webhook.url);
    const note = (rest: Pick<DeliveryAttempt, "state"> & Partial<DeliveryAttempt>) =>
      recordAttempt(
        redis,
        keys,
        jobId,
        {
          message_id: messageId(jobId, body.timestamp),
          event: body.type,
          attempt: made + 1,
          at: new Date(started).toISOString(),
          ms: Date.now() - started,
          ...rest,
        },
        data.resultTtlSeconds,
      );
    const giveUp = async (reason: string, rest: Partial<DeliveryAttempt>): Promise<DeliveryOutcome> => {
      await note({ ...rest, state: "failed" });
      await dropBody(redis, keys, jobId);
      log.error({ url: shown, attempts: made + 1, reason }, "webhook given up");
      return { type: "stop", reason };
    };

    if (!admission.admitted) {
      // A paused endpoint uses up no attempts, but time: it must not hold deliveries for ever.
      if (started - data.firstAttemptAt > wholeScheduleMs + options.pause.probeEveryMs) {
        const message = "the endpoint has been paused since it failed for long";
        return giveUp(message, { error: { code: "endpoint_paused", message } });
      }
      await keepBody(redis, keys, jobId, body, admission.nextProbeAt);
      return { type: "postpone", at: admission.nextProbeAt };
    }

    const text = JSON.stringify(body);
    const secrets = await readSecrets(redis, keys, options.secrets);
    const answer = await postWebhook({
      ...options.post,
      url: webhook.url,
      body: text,
      headers: {
        "content-type": "application/json",
        "user-agent": `precis/${options.version}`,
        ...signWebhook(messageId(jobId, body.timestamp), new Date(), text, secrets),
      },
    });
    const told = tell(answer);

    if ("status" in answer && answer.status >= 200 && answer.status < 300) {
      await note({ ...told, state: "delivered" });
      await dropBody(redis, keys, jobId);
      if ((await endpoint.succeed()) === "resumed") log.info({ url: shown }, "webhook endpoint answers again: resumed");
      log.info({ url: shown, attempt: made + 1, ms: Date.now() - started }, "webhook delivered");
      return { type: "done", outcome: "delivered" };
    }

    const reason = "status" in answer ? `HTTP ${answer.status}` : `${answer.fault}: ${answer.message}`;
    if ((await endpoint.fail()) === "paused") {
      log.warn({ url: shown, probe_every_ms: options.pause.probeEveryMs }, "webhook endpoint has failed long: paused");
    }
    const failure = "status" in answer ? answer : { timedOut: answer.fault === "timeout" };
    const afterMs = retryDelay(scheduleMs, made + 1, Date.now() - data.firstAttemptAt, failure);
    if (afterMs === undefined) return giveUp(reason, told);
    const next = Date.now() + afterMs;
    await keepBody(redis, keys, jobId, body, next);
    await note({ ...told, state: "retrying", next_attempt_at: new Date(next).toISOString() });
    log.warn({ url: shown, attempt: made + 1, reason, next_in_ms: afterMs }, "webhook not delivered");
    return { type: "retry", afterMs, reason };
  };
}

/** The body about a job's end. */
async function buildBody(redis: Redis, keys: Keys, jobId: string): Promise<WebhookBody | "gone" | "not-ended"> {
  const job = await readJob(redis, keys, jobId);
  if (job === undefined) return "gone";
  if (job.finishedAt === undefined) return "not-ended";
  return {
    type: `summary.${job.status as WebhookEvent}`,
    timestamp: new Date(job.finishedAt).toISOString(),
    data: describeJob(job),
  };
}

const eventOf = (body: WebhookBody) => body.type.slice("summary.".length) as WebhookEvent;

/** A query may hold a secret of the receiver's. */
function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

function tell(answer: WebhookAnswer): Partial<DeliveryAttempt> {
  return "status" in answer
    ? { status: answer.status, ...(answer.responseBody === "" ? {} : { response_body: answer.responseBody }) }
    : { error: { code: answer.fault, message: answer.message } };
}
