import {
  type MemoryEvent,
  type MemorySample,
  memoryEventSchema,
  type WorkerTelemetry,
  workerTelemetrySchema,
} from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";
import { decodeSamples } from "./stored-sample.js";

/**
 * The workers heard from lately, by id: those whose telemetry Redis has not let expire, so that no clock is compared. An entry
 * another version wrote in a shape unknown here is left out.
 */
export async function readWorkers(redis: Redis, keys: Keys): Promise<WorkerTelemetry[]> {
  const ids = await redis.zrange(keys.workers, 0, "-1");
  if (ids.length === 0) return [];
  const pipeline = redis.pipeline();
  for (const id of ids.sort()) pipeline.hget(keys.worker(id), "data");
  const replies = (await pipeline.exec()) ?? [];
  return replies.flatMap(([error, data]) => {
    if (error) throw error;
    if (typeof data !== "string") return [];
    const parsed = workerTelemetrySchema.safeParse(JSON.parse(data));
    return parsed.success ? [parsed.data] : [];
  });
}

/** Memory samples and events since a Unix time in milliseconds, oldest first, at most `count` of each. */
export async function readHistory(
  redis: Redis,
  keys: Keys,
  since: number,
  count: number,
): Promise<{ samples: MemorySample[]; events: MemoryEvent[] }> {
  const [samples, events] = await Promise.all([
    redis.xrevrange(keys.history, "+", since, "COUNT", count),
    redis.xrevrange(keys.memoryEvents, "+", since, "COUNT", count),
  ]);
  const data = (fields: string[]) => JSON.parse(fields[fields.indexOf("data") + 1] ?? "null") as unknown;
  return {
    samples: decodeSamples(samples.reverse()),
    events: events.reverse().flatMap(([, fields]) => {
      const parsed = memoryEventSchema.safeParse(data(fields));
      return parsed.success ? [parsed.data] : [];
    }),
  };
}
