import { z } from "zod";
import { modelNameSchema } from "./model.js";

const commandBase = {
  /** Unique; a worker applies a command once, however often it arrives. */
  id: z.string().min(1),
  /** Unix time in milliseconds after which a worker must not act on it any more. */
  expiresAt: z.int().positive(),
  /** Worker ids it is for; every worker when absent. */
  workers: z.array(z.string()).optional(),
};

/** What an operator can tell the fleet. */
export const controlCommandSchema = z.discriminatedUnion("type", [
  z.object({
    ...commandBase,
    type: z.literal("unload"),
    models: z.array(modelNameSchema).min(1),
    /** `drain` lets running jobs finish first, `now` puts them back into the queue. */
    mode: z.enum(["drain", "now"]),
  }),
  z.object({ ...commandBase, type: z.literal("load"), models: z.array(modelNameSchema).min(1) }),
  /** Stop generating this job, wherever it runs. */
  z.object({ ...commandBase, type: z.literal("cancel"), jobId: z.string() }),
  /** Take no new jobs (`paused: true`) or take them again. */
  z.object({ ...commandBase, type: z.literal("pause"), paused: z.boolean() }),
]);
export type ControlCommand = z.infer<typeof controlCommandSchema>;

/** One model's part of an acknowledgement. Bytes are those of the model process. */
export const modelAcknowledgementSchema = z.object({
  model: modelNameSchema,
  outcome: z.enum(["done", "nothing-loaded", "already-loaded", "busy-timeout", "failed"]),
  rss_before: z.int().nonnegative(),
  rss_after: z.int().nonnegative(),
  message: z.string().optional(),
});

/** What one worker answers to one command, once it has really happened. */
export const acknowledgementSchema = z.object({
  commandId: z.string(),
  workerId: z.string(),
  outcome: z.enum(["done", "nothing-loaded", "busy-timeout", "failed", "not-here"]),
  models: z.array(modelAcknowledgementSchema),
  /** RSS of supervisor and model processes together, in bytes. */
  rss_before: z.int().nonnegative(),
  rss_after: z.int().nonnegative(),
  ms: z.number().nonnegative(),
});
export type Acknowledgement = z.infer<typeof acknowledgementSchema>;
