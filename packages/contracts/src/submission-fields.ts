import { z } from "zod";
import { parseDuration } from "./duration.js";

const day = 86_400;
/** Longest time a result is kept, in seconds. */
export const longestTtlSeconds = 30 * day;

const ttlError = "must be a duration such as 90s, 15m, 12h or 7d, or a number of seconds, from 1 s to 30 days";

/** Seconds from `"15m"` or `900`; a result is kept for at least one second. */
export const ttlSchema = z
  .union([z.number(), z.string()], { error: ttlError })
  .transform((given, context) => {
    const seconds = Math.round((parseDuration(String(given)) ?? 0) / 1_000);
    if (seconds >= 1 && seconds <= longestTtlSeconds) return seconds;
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
      z.number().positive({ error: deadlineError }).max(longestTtlSeconds, { error: deadlineError }),
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

/** Whatever the caller wants to find again on the job. */
export const metadataSchema = z
  .record(
    z
      .string()
      .min(1)
      .max(metadataKeyLength, { error: `names have at most ${metadataKeyLength} characters` }),
    z
      .string({ error: "values must be strings" })
      .max(metadataValueLength, { error: `values have at most ${metadataValueLength} characters` }),
    { error: "must be an object of strings" },
  )
  .refine((metadata) => Object.keys(metadata).length <= metadataKeys, {
    error: `must have at most ${metadataKeys} keys`,
  })
  .meta({
    description: `Echoed with the job: up to ${metadataKeys} keys with string values.`,
    example: { document: "annual-report", page: "7" },
  });

const wholeNumber = (least: number, most: number) => {
  const error = `must be a whole number from ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
};

/** Summary lengths in words a person would use; what they mean in tokens depends on the model. */
export const lengthNames = ["short", "medium", "long"] as const;
export type LengthName = (typeof lengthNames)[number];

/** What can be said about a submission beside the text, its model and the summary's length in tokens. */
export const submissionFields = {
  length: z
    .enum(lengthNames, { error: `must be one of ${lengthNames.join(", ")}` })
    .optional()
    .meta({ description: "Instead of `max_length` and `min_length`: what suits the model.", example: "short" }),
  num_beams: wholeNumber(1, 8)
    .optional()
    .meta({ description: "Beams of the search: 1 is fastest, 4 usual for quality. Default: the model's own." }),
  priority: wholeNumber(1, 10)
    .optional()
    .meta({ description: "1 is served first, 10 last; 5 when absent. Equal ones are served in order." }),
  ttl: ttlSchema.optional(),
  deadline: deadlineSchema.optional(),
  metadata: metadataSchema.optional(),
};
