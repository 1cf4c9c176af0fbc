import { z } from "zod";
import { isoTime, summarizeRequestSchema } from "./http.js";
import { jobStatuses, jobStatusSchema } from "./job.js";

/** Maximum number of items in a batch. */
export const maxBatchItems = 1_000;

/** Body of `POST /api/v1/batches`. Items are validated one by one, so that an invalid one does not fail the others. */
export const batchRequestSchema = z
  .strictObject({
    items: z
      .array(z.unknown(), { error: "must be an array of submissions, as for /api/v1/summarize" })
      .min(1, { error: "must have at least one item" })
      .max(maxBatchItems, { error: `must have at most ${maxBatchItems} items` }),
  })
  .meta({ id: "BatchRequestEnvelope" });

/** The same for the API description: what an item should be, and that an invalid one does not fail the batch. */
export const batchRequestDescription = z
  .strictObject({
    items: z
      .array(
        z.union([
          summarizeRequestSchema,
          z
            .unknown()
            .meta({ description: "Anything else is rejected by its index, and the other items are accepted." }),
        ]),
      )
      .min(1)
      .max(maxBatchItems),
  })
  .meta({
    id: "BatchRequest",
    example: {
      items: [
        { text: "The first text.", model: "t5" },
        { text: "The second text.", length: "short" },
      ],
    },
  });

/** Why an item was rejected. */
export const batchItemErrorSchema = z
  .object({
    index: z.int().nonnegative(),
    errors: z.array(z.object({ field: z.string(), message: z.string() })),
  })
  .meta({ id: "BatchItemError" });
export type BatchItemError = z.infer<typeof batchItemErrorSchema>;

const links = z.object({ self: z.string() });
const indexedJob = { index: z.int().nonnegative(), id: z.string() };

/** Response to an accepted batch. */
export const batchAcceptedSchema = z
  .object({
    id: z.string(),
    size: z.int().positive(),
    jobs: z.array(z.object(indexedJob)),
    errors: z.array(batchItemErrorSchema).meta({ description: "Rejected items, by index." }),
    links,
  })
  .meta({ id: "BatchAccepted" });
export type BatchAccepted = z.infer<typeof batchAcceptedSchema>;

const count = z.int().nonnegative();

/** One status for the batch: `running` until every job has ended, then `completed`, or `failed` when a job was not. */
export const batchViewSchema = z
  .object({
    id: z.string(),
    status: z.enum(["queued", "running", "completed", "failed"]),
    size: z.int().positive(),
    created_at: isoTime,
    counts: z.object(
      Object.fromEntries([...jobStatuses, "refused", "gone"].map((name) => [name, count])) as Record<
        (typeof jobStatuses)[number] | "refused" | "gone",
        typeof count
      >,
    ),
    jobs: z.array(z.object({ ...indexedJob, status: jobStatusSchema })),
    errors: z.array(batchItemErrorSchema),
    links,
  })
  .meta({ id: "Batch" });
export type BatchView = z.infer<typeof batchViewSchema>;
