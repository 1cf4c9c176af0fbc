import { z } from "zod";
import { modelNameSchema } from "./model.js";
import { modelStateSchema, storedModelStateSchema } from "./telemetry.js";

const bytes = z.int().nonnegative();

/** Memory of one worker at one point in time, for charts. */
export const memorySampleSchema = z.object({
  /** Unix time in ms. */
  at: z.int(),
  worker: z.string(),
  /** Supervisor and model processes together. */
  rss: bytes,
  current: bytes,
  limit: bytes,
  models: z.array(z.object({ model: modelNameSchema, state: modelStateSchema, rss: bytes })),
});
export type MemorySample = z.infer<typeof memorySampleSchema>;

const listSchema = z.tuple([
  ...([z.int(), z.string(), bytes, bytes, bytes] as const),
  z.array(z.tuple([modelNameSchema, storedModelStateSchema, bytes])),
]);
type List = z.infer<typeof listSchema>;

/**
 * The same as stored in Redis, 1,800 an hour for each worker: a list, since field names would be most of it. Readers skip a
 * list of another length, or anything else that another version wrote; so a new shape needs a new length.
 */
export const storedSampleSchema = z.codec(listSchema, memorySampleSchema, {
  decode: ([at, worker, rss, current, limit, models]) => ({
    ...{ at, worker, rss, current, limit },
    models: models.map(([model, state, held]) => ({ model, state, rss: held })),
  }),
  encode: ({ at, worker, rss, current, limit, models }): List => {
    return [at, worker, rss, current, limit, models.map((model) => [model.model, model.state, model.rss])];
  },
});
