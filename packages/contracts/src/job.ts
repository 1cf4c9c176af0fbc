import { z } from "zod";
import { errorCodes } from "./error.js";
import { modelNameSchema } from "./model.js";
import { webhookSchema } from "./webhook.js";

export const jobFailureSchema = z
  .object({ code: z.enum(errorCodes), message: z.string() })
  .meta({ id: "JobFailure", description: "Why a job failed: a stable code and a sentence." });
export type JobFailure = z.infer<typeof jobFailureSchema>;

/**
 * What a suspect job does not share with other jobs: its model process, or the whole worker with both its models. A job
 * becomes a suspect when a model process or a worker died while it ran the job.
 */
export const isolationScopes = ["process", "worker"] as const;
export type IsolationScope = (typeof isolationScopes)[number];

/** What BullMQ carries for one summary. The text itself is never job data: it lies in its own expiring key. */
export const jobDataSchema = z.object({
  version: z.literal(1),
  model: modelNameSchema,
  /** Most tokens the summary may have; the model's own default when absent. */
  maxLength: z.int().positive().optional(),
  /** Fewest tokens the summary must have, as far as the text is longer than that. */
  minLength: z.int().nonnegative().optional(),
  /** How long the model stays loaded after this job, in milliseconds, -1 for ever; the worker's own time when absent. */
  keepAliveMs: z.int().min(-1).optional(),
  /** Beams of the search; the model set's default when absent. */
  numBeams: z.int().positive().optional(),
  /** 1 is served first, 10 last. */
  priority: z.int().min(1).max(10).optional(),
  /** Unix time in ms by which the job must have started; after it the job fails instead of wasting work. */
  startBy: z.int().positive().optional(),
  /** What the caller wants to find again on the job. */
  metadata: z.record(z.string(), z.string()).optional(),
  /** The batch the job came in, and its place there. */
  batch: z.object({ id: z.string(), index: z.int().nonnegative() }).optional(),
  /** Name of the idempotency record that leads to this job, so that it goes when the job is deleted. */
  idempotency: z.string().optional(),
  /** Id of the request it came with, for logs. */
  requestId: z.string().optional(),
  /** Where to tell about the end. */
  webhook: webhookSchema.optional(),
  /** How long the result is kept after the job has ended, in seconds. */
  resultTtlSeconds: z.int().positive(),
  /** UTF-8 bytes of the text, so that lists and the board can show a size without reading the text. */
  textBytes: z.int().nonnegative(),
  /** Owner of the API key it was submitted with; absent when no key was demanded. */
  owner: z.string().optional(),
  /** Set by the worker once the job is a suspect; an operator's retry removes it. */
  isolation: z.enum(isolationScopes).optional(),
  /** Attempts that failed and counted, oldest first. Set by the worker; an operator's retry removes them. */
  failedAttempts: z.array(jobFailureSchema).optional(),
});
export type JobData = z.infer<typeof jobDataSchema>;

/** Progress of a running job, in chunks of the current text and tokens generated so far over all chunks. */
export const jobProgressSchema = z
  .object({
    chunks_done: z.int().nonnegative(),
    chunks_total: z.int().nonnegative(),
    tokens: z.int().nonnegative(),
  })
  .meta({ id: "JobProgress", description: "Chunks summarized, chunks known so far, tokens generated so far." });
export type JobProgress = z.infer<typeof jobProgressSchema>;

/** What a finished job leaves behind, stored in the job's result key. */
export const jobResultSchema = z.object({
  summary: z.string(),
  model: modelNameSchema,
  /** Tokens of the whole input text, without special tokens. */
  input_tokens: z.int().nonnegative(),
  /** Tokens of the summary, without special tokens. */
  output_tokens: z.int().nonnegative(),
  /** Always false: no input is ever cut; a text that is too long is split into chunks. */
  truncated: z.literal(false),
  /** Number of chunks the input text was split into. */
  chunks: z.int().positive(),
  /** Why the summary is the text itself, when it is. */
  notice: z.enum(["text_shorter_than_summary"]).optional(),
});
export type JobResult = z.infer<typeof jobResultSchema>;

export const jobStatuses = ["queued", "running", "completed", "failed", "cancelled"] as const;
export const jobStatusSchema = z.enum(jobStatuses).meta({ description: "Where the job is in its life." });
export type JobStatus = z.infer<typeof jobStatusSchema>;
