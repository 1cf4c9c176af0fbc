import { z } from "zod";

/** How a job can end, as webhooks name it. */
export const webhookEvents = ["completed", "failed", "cancelled"] as const;
export const webhookEventSchema = z.enum(webhookEvents, {
  error: `must be one of ${webhookEvents.join(", ")}`,
});
export type WebhookEvent = z.infer<typeof webhookEventSchema>;

/** Longest webhook URL accepted, in characters. */
export const webhookUrlLimit = 2048;

/** Field `webhook` of a submission: where to tell about the end of the job. */
export const webhookSchema = z
  .strictObject({
    url: z
      .string({ error: "must be a string: the URL to call" })
      .max(webhookUrlLimit, { error: `must have at most ${webhookUrlLimit} characters` })
      .meta({ description: "Called with POST when the job has ended.", example: "https://example.com/hooks/precis" }),
    events: z
      .array(webhookEventSchema)
      .min(1, { error: "must name at least one event; leave it out for all" })
      .default([...webhookEvents])
      .meta({ description: "Ends to tell about. Default: all." }),
  })
  .meta({ id: "Webhook" });
export type Webhook = z.infer<typeof webhookSchema>;

/** What BullMQ carries for the delivery of one job's webhook. The body is never job data: it would hold the summary. */
export const deliveryDataSchema = z.object({
  version: z.literal(1),
  jobId: z.string(),
  webhook: webhookSchema,
  /** How long log and body outlive the last attempt, in seconds: the job's own result TTL. */
  resultTtlSeconds: z.int().positive(),
  /** Id of the request the job came with, for logs. */
  requestId: z.string().optional(),
  /** Asked for by hand: the event is sent whether or not the webhook wants it. */
  asked: z.literal(true).optional(),
  /** For a job that is retried: tells of an end later than this one only (Unix ms). */
  afterEnd: z.int().positive().optional(),
  /** Unix ms of the first attempt; absent before it. */
  firstAttemptAt: z.int().positive().optional(),
});
export type DeliveryData = z.infer<typeof deliveryDataSchema>;

/** Why an attempt got no answer. */
export const deliveryFaults = [
  "timeout",
  "address_not_allowed",
  "name_not_found",
  "tls",
  "connection",
  "endpoint_paused",
] as const;

/** One attempt to deliver, as it is kept in Redis and shown. */
export const deliveryAttemptSchema = z
  .object({
    /** Same for every attempt to tell of one end of a job; sent as `webhook-id`. */
    message_id: z.string(),
    event: z.string().meta({ example: "summary.completed" }),
    attempt: z.int().positive(),
    at: z.iso.datetime(),
    state: z
      .enum(["delivered", "retrying", "failed"])
      .meta({ description: "`retrying`: another attempt follows at `next_attempt_at`; `failed`: none follows." }),
    status: z.int().optional().meta({ description: "HTTP status of the answer." }),
    error: z.object({ code: z.enum(deliveryFaults), message: z.string() }).optional(),
    ms: z.int().nonnegative(),
    response_body: z.string().optional().meta({ description: "First 16 KiB of the answer." }),
    next_attempt_at: z.iso.datetime().optional(),
  })
  .meta({ id: "DeliveryAttempt" });
export type DeliveryAttempt = z.infer<typeof deliveryAttemptSchema>;

/** An endpoint (origin and path) that fails now, or is paused because it has failed for long. */
export const endpointHealthSchema = z
  .object({
    state: z.enum(["active", "paused"]),
    /** Failures since the last success, over all jobs that name this endpoint. */
    consecutive_failures: z.int().nonnegative(),
    failing_since: z.iso.datetime().optional(),
    next_probe_at: z.iso.datetime().optional(),
  })
  .meta({ id: "EndpointHealth" });
export type EndpointHealth = z.infer<typeof endpointHealthSchema>;

/** Answer of `GET /api/v1/jobs/{id}/deliveries`. */
export const deliveriesViewSchema = z
  .object({
    job_id: z.string(),
    url: z.string().meta({ description: "Without its query, which may hold a secret." }),
    events: z.array(webhookEventSchema),
    state: z.enum(["waiting", "pending", "retrying", "paused", "delivered", "failed", "skipped"]).meta({
      description:
        "`waiting` for the job to end, `pending` for the first attempt; `skipped`: the way it ended is none of `events`.",
    }),
    endpoint: endpointHealthSchema,
    attempts: z.array(deliveryAttemptSchema).meta({ description: "Oldest first; the last 16." }),
  })
  .meta({ id: "Deliveries" });
export type DeliveriesView = z.infer<typeof deliveriesViewSchema>;
