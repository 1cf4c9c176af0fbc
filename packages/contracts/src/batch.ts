import { z } from "zod";
import { isoTime, summarizeRequestSchema } from "./http.js";
import { jobStatuses, jobStatusSchema } from "./job.js";

/** Most items of one batch. */
export const batchLimit = 1_000;

/** Body of `POST /api/v1/batches`. Items are checked one by one, so that a faulty one does not take the others with it. */
export const batchRequestSchema = z
  .strictObject({
    items: z
      .array(z.unknown(), { error: "must be an array of submissions, as for /api/v1/summarize" })
      .min(1, { error: "must hold at least one item" })
      .max(batchLimit, { error: `must hold at most ${batchLimit} items` }),
  })
  .meta({ id: "BatchRequestEnvelope" });

/** The same for the API's description: what an item should be, and that others do not spoil the batch. */
export const batchRequestDescription = z
  .strictObject({
    items: z
      .array(
        z.union([
          summarizeRequestSchema,
          z.unknown().meta({ description: "Anything else is refused by its index, and the other items are accepted." }),
        ]),
      )
      .min(1)
      .max(batchLimit),
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

/** Why one item was refused. */
export const batchItemFaultSchema = z
  .object({
    index: z.int().nonnegative(),
    errors: z.array(z.object({ field: z.string(), message: z.string() })),
  })
  .meta({ id: "BatchItemFault" });
export type BatchItemFault = z.infer<typeof batchItemFaultSchema>;

const links = z.object({ self: z.string() });
const indexedJob = { index: z.int().nonnegative(), id: z.string() };

/** Answer to an accepted batch. */
export const batchAcceptedSchema = z
  .object({
    id: z.string(),
    size: z.int().positive(),
    jobs: z.array(z.object(indexedJob)),
    errors: z.array(batchItemFaultSchema).meta({ description: "The items that were refused, by index." }),
    links,
  })
  .meta({ id: "BatchAccepted" });
export type BatchAccepted = z.infer<typeof batchAcceptedSchema>;

const count = z.int().nonnegative();

/** One status for the whole: `running` until every job has ended, then `completed`, or `failed` when not all are. */
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
    errors: z.array(batchItemFaultSchema),
    links,
  })
  .meta({ id: "Batch" });
export type BatchView = z.infer<typeof batchViewSchema>;
