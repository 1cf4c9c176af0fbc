import { z } from "zod";
import { parseDuration } from "./duration.js";
import { wholeNumber } from "./whole-number.js";

const day = 86_400;
/** Longest time a result is kept, in seconds. */
export const maxTtlSeconds = 30 * day;

const ttlError = "must be a duration such as 90s, 15m, 12h or 7d, or a number of seconds, from 1 s to 30 days";

/** Seconds from `"15m"` or `900`; at least one. */
export const ttlSchema = z
  .union([z.number(), z.string()], { error: ttlError })
  .transform((given, context) => {
    const seconds = Math.round((parseDuration(String(given)) ?? 0) / 1_000);
    if (seconds >= 1 && seconds <= maxTtlSeconds) return seconds;
    context.addIssue({ code: "custom", message: ttlError, input: given });
    return z.NEVER;
  })
  .meta({
    description: "How long text and summary are kept after the job has ended: seconds or a duration, at most 30 days.",
    example: "2h",
  });

const deadlineError = "must be a time such as 2026-11-24T08:00:00Z, or a number of seconds from now, up to 30 days";

/** When a job must have started: seconds from now, or a time. */
export const deadlineSchema = z
  .union(
    [
      z.number().positive({ error: deadlineError }).max(maxTtlSeconds, { error: deadlineError }),
      z.iso.datetime({ offset: true, error: deadlineError }),
    ],
    { error: deadlineError },
  )
  .meta({
    description: "A job that cannot start by then fails with `deadline_exceeded`: a time, or seconds from now.",
    example: 60,
  });

const metadataKeys = 16;
const metadataKeyLength = 64;
const metadataValueLength = 512;

/** Metadata from the caller, returned with the job. */
export const metadataSchema = z
  .record(
    z
      .string()
      .min(1)
      .max(metadataKeyLength, { error: `names must have at most ${metadataKeyLength} characters` }),
    z
      .string({ error: "values must be strings" })
      .max(metadataValueLength, { error: `values must have at most ${metadataValueLength} characters` }),
    { error: "must be an object of strings" },
  )
  .refine((metadata) => Object.keys(metadata).length <= metadataKeys, {
    error: `must have at most ${metadataKeys} keys`,
  })
  .meta({
    description: `Returned with the job: up to ${metadataKeys} keys with string values.`,
    example: { document: "annual-report", page: "7" },
  });

/** Summary lengths in words; how many tokens they are depends on the model. */
export const lengthNames = ["short", "medium", "long"] as const;
export type LengthName = (typeof lengthNames)[number];

/** Options of a submission beside the text, the model and the summary length in tokens. */
export const submissionFields = {
  length: z
    .enum(lengthNames, { error: `must be one of ${lengthNames.join(", ")}` })
    .optional()
    .meta({
      description: "Instead of `max_length` and `min_length`: a length that suits the model.",
      example: "short",
    }),
  num_beams: wholeNumber(1, 8).optional().meta({
    description: "Beams of the search: 1 is fastest, 4 is common for quality. Default: that of the model set.",
  }),
  priority: wholeNumber(1, 10)
    .optional()
    .meta({ description: "1 is highest, 10 lowest. Default: 5. Jobs of equal priority run in order of submission." }),
  ttl: ttlSchema.optional(),
  deadline: deadlineSchema.optional(),
  metadata: metadataSchema.optional(),
};
