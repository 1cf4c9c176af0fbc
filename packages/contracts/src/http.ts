import { z } from "zod";
import { errorCodes } from "./error.js";
import { jobFailureSchema, jobProgressSchema, jobResultSchema, jobStatusSchema } from "./job.js";
import { keepAliveSchema } from "./keep-alive.js";
import { modelNameSchema } from "./model.js";
import { metadataSchema, submissionFields } from "./submission-fields.js";
import { webhookSchema } from "./webhook.js";
import { wholeNumber } from "./whole-number.js";

/** Maximum of `max_length`: no supported model writes longer summaries. */
export const maxSummaryTokens = 1024;

/** Whether a text has no visible character: only spaces, control and format characters. */
export function isBlank(text: string): boolean {
  return !/[^\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Zs}]/u.test(text);
}

const summaryTokens = (min: number) => wholeNumber(min, maxSummaryTokens, " of tokens");

/** Body of `POST /api/v1/summarize`. Lengths are tokens of the summary. */
export const summarizeRequestSchema = z
  .strictObject({
    text: z
      .string({ error: "must be a string: the text to summarize" })
      .refine((text) => !isBlank(text), { error: "must have at least one visible character" })
      .meta({
        description: "The text to summarize. Texts longer than the context of the model are split, never truncated.",
        example:
          "The library opened a reading room in the old station. It has forty seats and stays open until midnight.",
      }),
    max_length: summaryTokens(1)
      .optional()
      .meta({ description: "Maximum tokens of the summary. Default: that of the model.", example: 80 }),
    min_length: summaryTokens(0)
      .optional()
      .meta({ description: "Minimum tokens of the summary. Default: that of the model.", example: 10 }),
    model: modelNameSchema.default("bart"),
    keep_alive: keepAliveSchema.optional(),
    webhook: webhookSchema.optional(),
    ...submissionFields,
  })
  .refine((body) => body.length === undefined || (body.max_length ?? body.min_length) === undefined, {
    error: "cannot be given together with max_length or min_length",
    path: ["length"],
  })
  .refine((body) => body.max_length === undefined || (body.min_length ?? 0) <= body.max_length, {
    error: "must not be greater than max_length",
    path: ["min_length"],
  })
  .meta({ id: "SummarizeRequest" });
export type SummarizeRequest = z.infer<typeof summarizeRequestSchema>;

export const jobLinksSchema = z
  .object({
    self: z.string().meta({ example: "/api/v1/jobs/job_01kasq3v5h6m2q8s4v9x7k0d2e" }),
    events: z.string().meta({ description: "Server-sent events of the job.", example: "/api/v1/jobs/job_…/events" }),
    cancel: z.string().meta({ description: "POST here cancels the job.", example: "/api/v1/jobs/job_…/cancel" }),
    deliveries: z.string().optional().meta({
      description: "Webhook deliveries; only for a job with a webhook.",
      example: "/api/v1/jobs/job_…/deliveries",
    }),
  })
  .meta({ id: "JobLinks" });
export type JobLinks = z.infer<typeof jobLinksSchema>;

export const isoTime = z.iso.datetime().meta({ example: "2026-11-24T08:00:00.000Z" });

export const jobTimingsSchema = z
  .object({
    created_at: isoTime,
    started_at: isoTime.optional(),
    finished_at: isoTime.optional(),
    waited_ms: z.int().nonnegative().optional(),
    ran_ms: z.int().nonnegative().optional(),
  })
  .meta({ id: "JobTimings" });

/** A job as the API returns it; the fields of the result are at the top level once it is completed. */
export const jobViewSchema = z
  .object({
    id: z.string(),
    status: jobStatusSchema,
    model: modelNameSchema,
    progress: jobProgressSchema.optional(),
    timings: jobTimingsSchema,
    attempts: z.int().nonnegative(),
    /** Place in the queue, 1 is next; only while the job waits. */
    position: z.int().positive().optional(),
    priority: z.int().positive().optional(),
    metadata: metadataSchema.optional(),
    /** Id of its batch. */
    batch: z.string().optional(),
    error: jobFailureSchema.optional(),
    links: jobLinksSchema,
    ...jobResultSchema.omit({ model: true }).partial().shape,
  })
  .meta({ id: "Job" });
export type JobView = z.infer<typeof jobViewSchema>;

/** Body of a webhook, as in Standard Webhooks. */
export const webhookBodySchema = z
  .object({
    type: z.enum(["summary.completed", "summary.failed", "summary.cancelled"]),
    timestamp: isoTime,
    data: jobViewSchema.omit({ links: true }),
  })
  .meta({ id: "WebhookBody" });
export type WebhookBody = z.infer<typeof webhookBodySchema>;

/** Response to an accepted submission. */
export const jobAcceptedSchema = z
  .object({ id: z.string(), status: jobStatusSchema, links: jobLinksSchema })
  .meta({ id: "JobAccepted" });
export type JobAccepted = z.infer<typeof jobAcceptedSchema>;

/** Response of `GET /api/v1/jobs`: newest first, without summaries. */
export const jobPageSchema = z
  .object({
    jobs: z.array(jobViewSchema),
    next_cursor: z.string().optional().meta({ description: "Cursor of the next page; absent on the last page." }),
  })
  .meta({ id: "JobPage" });
export type JobPage = z.infer<typeof jobPageSchema>;

/** RFC 9457 problem details; `errors` names each faulty field. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    instance: z.string().optional(),
    code: z.enum(errorCodes),
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: "Problem" });
export type Problem = z.infer<typeof problemSchema>;

/** Response to an accepted redelivery. */
export const redeliveryAcceptedSchema = z
  .object({ job_id: z.string(), status: jobStatusSchema, links: z.object({ deliveries: z.string() }) })
  .meta({ id: "RedeliveryAccepted" });
