import { modelTelemetrySchema, workerTelemetrySchema } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";
import { z } from "zod";

/** What a memory chart needs of a telemetry sample. */
const memorySampleSchema = workerTelemetrySchema
  .pick({ id: true, rss: true })
  .extend({ models: z.array(modelTelemetrySchema.pick({ rss: true })) });

/** RSS of each worker with its models at some times; bytes, null where a worker was not heard from. */
export interface MemoryLines {
  times: number[];
  workers: Record<string, (number | null)[]>;
}

/** Every live worker writes at least once in this time; a longer one would count both sides of a restart. */
const windowMs = 3_000;

/**
 * Looks into the history at the given times (Unix ms, rising), instead of reading all of it: an hour of a hundred workers
 * is 180,000 samples.
 *
 * @param perTime samples read at each time; twice the number of workers sees nearly all of them
 */
export async function readMemoryLines(
  redis: Redis,
  keys: Keys,
  times: number[],
  perTime: number,
): Promise<MemoryLines> {
  const workers: MemoryLines["workers"] = {};
  // In slices, so that neither Redis nor this process is held up by one large answer.
  for (let from = 0; from < times.length; from += 10) {
    const slice = times.slice(from, from + 10);
    const pipeline = redis.pipeline();
    for (const time of slice) pipeline.xrange(keys.history, time, time + windowMs, "COUNT", perTime);
    for (const [offset, [error, entries]] of ((await pipeline.exec()) ?? []).entries()) {
      if (error) throw error;
      for (const [, fields] of entries as [string, string[]][]) {
        const parsed = memorySampleSchema.safeParse(JSON.parse(fields[fields.indexOf("data") + 1] ?? "null"));
        if (!parsed.success) continue;
        const { id, rss, models } = parsed.data;
        workers[id] ??= times.map(() => null);
        workers[id][from + offset] = models.reduce((sum, model) => sum + model.rss, rss);
      }
    }
  }
  return { times, workers };
}
