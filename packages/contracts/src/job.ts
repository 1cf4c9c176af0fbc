import { z } from "zod";
import { errorCodes } from "./error.js";
import { modelNameSchema } from "./model.js";
import { webhookSchema } from "./webhook.js";

export const jobFailureSchema = z
  .object({ code: z.enum(errorCodes), message: z.string() })
  .meta({ id: "JobFailure", description: "Why a job failed: a stable code and a message." });
export type JobFailure = z.infer<typeof jobFailureSchema>;

/**
 * What a suspect job does not share with other jobs: its model process, or the whole worker with both its models. A job
 * becomes a suspect when a model process or a worker died while it ran the job.
 */
export const isolationScopes = ["process", "worker"] as const;
export type IsolationScope = (typeof isolationScopes)[number];

/** Data of a BullMQ job for one summary. The text is never job data: it has its own expiring key. */
export const jobDataSchema = z.object({
  version: z.literal(1),
  model: modelNameSchema,
  /** Maximum tokens of the summary; the default of the model when absent. */
  maxLength: z.int().positive().optional(),
  /** Minimum tokens of the summary, if the text is longer than that. */
  minLength: z.int().nonnegative().optional(),
  /** How long the model stays loaded after this job, in ms, -1 forever; the idle TTL of the worker when absent. */
  keepAliveMs: z.int().min(-1).optional(),
  /** Beams of the search; the default of the model set when absent. */
  numBeams: z.int().positive().optional(),
  /** 1 is highest, 10 lowest. */
  priority: z.int().min(1).max(10).optional(),
  /** Unix time in ms by which the job must have started; after it the job fails. */
  startBy: z.int().positive().optional(),
  /** Metadata from the caller, returned with the job. */
  metadata: z.record(z.string(), z.string()).optional(),
  /** The batch of the job, and its index there. */
  batch: z.object({ id: z.string(), index: z.int().nonnegative() }).optional(),
  /** Name of the idempotency record of this job, deleted together with the job. */
  idempotency: z.string().optional(),
  /** Id of the request that submitted it, for logs. */
  requestId: z.string().optional(),
  webhook: webhookSchema.optional(),
  /** How long text and result are kept after the job has ended, in seconds. */
  resultTtlSeconds: z.int().positive(),
  /** UTF-8 bytes of the text, so that lists and the board show a size without reading the text. */
  textBytes: z.int().nonnegative(),
  /** Owner of the API key that submitted it; absent when no API key was required. */
  owner: z.string().optional(),
  /** Set by the worker once the job is a suspect; an operator's retry removes it. */
  isolation: z.enum(isolationScopes).optional(),
  /** Attempts that failed and counted, oldest first. Set by the worker; an operator's retry removes them. */
  failedAttempts: z.array(jobFailureSchema).optional(),
});
export type JobData = z.infer<typeof jobDataSchema>;

/** Progress of a running job: chunks of the text, and tokens generated so far over all chunks. */
export const jobProgressSchema = z
  .object({
    chunks_done: z.int().nonnegative(),
    chunks_total: z.int().nonnegative(),
    tokens: z.int().nonnegative(),
  })
  .meta({ id: "JobProgress", description: "Chunks summarized, chunks known so far, tokens generated so far." });
export type JobProgress = z.infer<typeof jobProgressSchema>;

/** Result of a completed job, stored in its result key. */
export const jobResultSchema = z.object({
  summary: z.string(),
  model: modelNameSchema,
  /** Tokens of the whole input text, without special tokens. */
  input_tokens: z.int().nonnegative(),
  /** Tokens of the summary, without special tokens. */
  output_tokens: z.int().nonnegative(),
  /** Always false: a text longer than the context of the model is split into chunks, never truncated. */
  truncated: z.literal(false),
  /** Number of chunks the input text was split into. */
  chunks: z.int().positive(),
  /** Why the summary is the text itself, if it is. */
  notice: z.enum(["text_shorter_than_summary"]).optional(),
});
export type JobResult = z.infer<typeof jobResultSchema>;

/** Statuses that a job keeps, unless an operator retries it. */
export const terminalStatuses = ["completed", "failed", "cancelled"] as const;
export type TerminalStatus = (typeof terminalStatuses)[number];

export const jobStatuses = ["queued", "running", ...terminalStatuses] as const;
export const jobStatusSchema = z.enum(jobStatuses).meta({ description: "Status of the job." });
export type JobStatus = z.infer<typeof jobStatusSchema>;

/** Whether a job, or an event of one, has this as its last state. */
export function isTerminal(status: string): status is TerminalStatus {
  return (terminalStatuses as readonly string[]).includes(status);
}
