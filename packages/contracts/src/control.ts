import { z } from "zod";
import { modelNameSchema } from "./model.js";

const commandBase = {
  /** Unique; a worker executes a command once, however often it arrives. */
  id: z.string().min(1),
  /** Unix time in ms after which a worker no longer executes it. */
  expiresAt: z.int().positive(),
  /** Ids of the addressed workers; every worker when absent. */
  workers: z.array(z.string()).optional(),
};

/** A command from an operator to the workers. */
export const controlCommandSchema = z.discriminatedUnion("type", [
  z.object({
    ...commandBase,
    type: z.literal("unload"),
    models: z.array(modelNameSchema).min(1),
    /** `drain` (graceful) lets running jobs finish first, `now` (immediate) requeues them. */
    mode: z.enum(["drain", "now"]),
  }),
  z.object({ ...commandBase, type: z.literal("load"), models: z.array(modelNameSchema).min(1) }),
  /** Cancel this job, on whichever worker it runs. */
  z.object({ ...commandBase, type: z.literal("cancel"), jobId: z.string() }),
  /** Stop claiming jobs (`paused: true`), or resume. */
  z.object({ ...commandBase, type: z.literal("pause"), paused: z.boolean() }),
]);
export type ControlCommand = z.infer<typeof controlCommandSchema>;

/** The result for one model. Bytes are the resident memory of its process. */
export const modelAcknowledgementSchema = z.object({
  model: modelNameSchema,
  outcome: z.enum(["done", "nothing-loaded", "already-loaded", "busy-timeout", "failed"]),
  rss_before: z.int().nonnegative(),
  rss_after: z.int().nonnegative(),
  message: z.string().optional(),
});

/** The result of a command on one worker, sent once it has been executed. */
export const acknowledgementSchema = z.object({
  commandId: z.string(),
  workerId: z.string(),
  outcome: z.enum(["done", "nothing-loaded", "busy-timeout", "failed", "not-here"]),
  models: z.array(modelAcknowledgementSchema),
  /** Resident memory of supervisor and model processes together, in bytes. */
  rss_before: z.int().nonnegative(),
  rss_after: z.int().nonnegative(),
  ms: z.number().nonnegative(),
});
export type Acknowledgement = z.infer<typeof acknowledgementSchema>;
