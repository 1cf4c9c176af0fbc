import { z } from "zod";

/** Terminal states of a job, as webhook events. */
export const webhookEvents = ["completed", "failed", "cancelled"] as const;
export const webhookEventSchema = z.enum(webhookEvents, {
  error: `must be one of ${webhookEvents.join(", ")}`,
});
export type WebhookEvent = z.infer<typeof webhookEventSchema>;

/** Maximum length of a webhook URL, in characters. */
export const maxWebhookUrlLength = 2048;

/** Field `webhook` of a submission: the endpoint to call when the job has ended. */
export const webhookSchema = z
  .strictObject({
    url: z
      .string({ error: "must be a string: the URL of the endpoint" })
      .max(maxWebhookUrlLength, { error: `must have at most ${maxWebhookUrlLength} characters` })
      .meta({ description: "Called with POST when the job has ended.", example: "https://example.com/hooks/precis" }),
    events: z
      .array(webhookEventSchema)
      .min(1, { error: "must have at least one event; omit it for all" })
      .refine((events) => new Set(events).size === events.length, { error: "must not name an event twice" })
      .default([...webhookEvents])
      .meta({ description: "Events to send. Default: all." }),
  })
  .meta({ id: "Webhook" });
export type Webhook = z.infer<typeof webhookSchema>;

/** Data of a BullMQ job for one webhook delivery. The body is never job data: it contains the summary. */
export const deliveryDataSchema = z.object({
  version: z.literal(1),
  jobId: z.string(),
  webhook: webhookSchema,
  /** How long delivery log and body are kept after the last attempt, in seconds: the result TTL of the job. */
  resultTtlSeconds: z.int().positive(),
  /** Id of the request that submitted the job, for logs. */
  requestId: z.string().optional(),
  /** Requested by an operator: the event is sent even if the webhook does not subscribe to it. */
  asked: z.literal(true).optional(),
  /** For a retried job: only an end after this time is delivered (Unix ms). */
  afterEnd: z.int().positive().optional(),
  /** Unix ms of the first attempt; absent before it. */
  firstAttemptAt: z.int().positive().optional(),
});
export type DeliveryData = z.infer<typeof deliveryDataSchema>;

/** Why an attempt got no response. */
export const deliveryErrorCodes = [
  "timeout",
  "address_not_allowed",
  "name_not_found",
  "tls",
  "connection",
  "endpoint_paused",
] as const;

/** One delivery attempt, as stored in Redis and returned by the API. */
export const deliveryAttemptSchema = z
  .object({
    /** The same for every attempt to deliver one event; sent as `webhook-id`. */
    message_id: z.string(),
    event: z.string().meta({ example: "summary.completed" }),
    attempt: z.int().positive(),
    at: z.iso.datetime(),
    state: z
      .enum(["delivered", "retrying", "failed"])
      .meta({ description: "`retrying`: another attempt follows at `next_attempt_at`; `failed`: none follows." }),
    status: z.int().optional().meta({ description: "HTTP status of the response." }),
    error: z.object({ code: z.enum(deliveryErrorCodes), message: z.string() }).optional(),
    ms: z.int().nonnegative(),
    response_body: z.string().optional().meta({ description: "First 16 KiB of the response." }),
    next_attempt_at: z.iso.datetime().optional(),
  })
  .meta({ id: "DeliveryAttempt" });
export type DeliveryAttempt = z.infer<typeof deliveryAttemptSchema>;

/** Health of an endpoint (origin and path); one that has failed for long is paused. */
export const endpointHealthSchema = z
  .object({
    state: z.enum(["active", "paused"]),
    /** Failures since the last success, over all jobs with this endpoint. */
    consecutive_failures: z.int().nonnegative(),
    failing_since: z.iso.datetime().optional(),
    next_probe_at: z.iso.datetime().optional(),
  })
  .meta({ id: "EndpointHealth" });
export type EndpointHealth = z.infer<typeof endpointHealthSchema>;

/** Response of `GET /api/v1/jobs/{id}/deliveries`. */
export const deliveriesViewSchema = z
  .object({
    job_id: z.string(),
    url: z.string().meta({ description: "Without its query, which may contain a secret." }),
    events: z.array(webhookEventSchema),
    state: z.enum(["waiting", "pending", "retrying", "paused", "delivered", "failed", "skipped"]).meta({
      description:
        "`waiting` for the job to end, `pending`: before the first attempt, `skipped`: the job ended with an event that is not in `events`.",
    }),
    endpoint: endpointHealthSchema,
    attempts: z.array(deliveryAttemptSchema).meta({ description: "Oldest first; the last 16." }),
  })
  .meta({ id: "Deliveries" });
export type DeliveriesView = z.infer<typeof deliveriesViewSchema>;
