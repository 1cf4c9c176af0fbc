import { z } from "zod";
import { parseDuration } from "./duration.js";
import { memorySampleSchema } from "./memory-sample.js";
import { modelNameSchema, modelNames } from "./model.js";
import { memoryEventSchema, workerTelemetrySchema } from "./telemetry.js";

const isoTime = z.iso.datetime().meta({ example: "2026-11-24T08:00:00.000Z" });
const bytes = z.int().nonnegative();

/** Answer to `GET /memory`: the old service's fields, true across the fleet, and the fleet itself. */
export const memorySchema = z
  .object({
    device: z.enum(["cpu", "cuda"]).meta({ description: "`cuda` when any worker runs its models there." }),
    bart_loaded: z.boolean().meta({ description: "Whether any worker has it loaded." }),
    t5_loaded: z.boolean().meta({ description: "Whether any worker has it loaded." }),
    cuda_memory_allocated: z.string().meta({ example: "0.00 GB" }),
    cuda_memory_reserved: z.string().meta({ example: "0.00 GB" }),
    workers: z.array(workerTelemetrySchema.meta({ id: "Worker" })),
    totals: z.object({
      workers: z.int().nonnegative(),
      models_loaded: z.int().nonnegative(),
      in_flight: z.int().nonnegative(),
      fleet_concurrency: z.int().positive().optional().meta({
        description: "Most jobs all workers together hold at a time; only where FLEET_CONCURRENCY is set.",
      }),
      rss: bytes.meta({ description: "Supervisors and model processes together, in bytes." }),
    }),
    as_of: isoTime,
  })
  .meta({ id: "Memory" });
export type Memory = z.infer<typeof memorySchema>;

const targets = {
  models: z
    .array(modelNameSchema)
    .min(1)
    .default([...modelNames])
    .meta({ description: "Which models; both when absent." }),
  workers: z.array(z.string()).min(1).optional().meta({ description: "Worker ids; every worker when absent." }),
};

/** Body of `POST /memory/unload`; an empty one means everything. */
export const unloadRequestSchema = z
  .strictObject({
    ...targets,
    mode: z.enum(["drain", "now"]).default("drain").meta({
      description: "`drain` lets running jobs end first; `now` puts them back into the queue.",
    }),
  })
  .meta({ id: "UnloadRequest" });
export type UnloadRequest = z.infer<typeof unloadRequestSchema>;

/** Body of `POST /memory/load`; an empty one means both models on every worker. */
export const loadRequestSchema = z.strictObject(targets).meta({ id: "LoadRequest" });
export type LoadRequest = z.infer<typeof loadRequestSchema>;

/** A point in time as a query gives it: how long ago (`10m`), Unix milliseconds, or ISO 8601. */
export function parseSince(text: string, now: number): number | undefined {
  if (/^\d{12,}$/.test(text)) return Number(text);
  const ago = parseDuration(text);
  if (ago !== undefined) return now - ago;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : Math.max(0, time);
}

/** Query of `GET /memory/history`. */
export const historyQuerySchema = z.object({
  since: z
    .string()
    .refine((text) => parseSince(text, 0) !== undefined, {
      error: "must be how long ago (10m), Unix milliseconds or an ISO 8601 time",
    })
    .default("1h")
    .meta({ description: "How long ago (`10m`), Unix milliseconds, or ISO 8601. Kept for an hour.", example: "10m" }),
  points: z.coerce
    .number({ error: "must be a whole number from 2 to 2000" })
    .int({ error: "must be a whole number from 2 to 2000" })
    .min(2, { error: "must be at least 2" })
    .max(2_000, { error: "must be at most 2000" })
    .default(300)
    .meta({ description: "Most samples of each worker; in between are left out evenly." }),
});

/** Answer to `GET /memory/history`, oldest first. */
export const memoryHistorySchema = z
  .object({
    since: isoTime,
    as_of: isoTime,
    samples: z.array(memorySampleSchema),
    events: z.array(memoryEventSchema.meta({ id: "MemoryEvent" })),
  })
  .meta({ id: "MemoryHistory" });
export type MemoryHistory = z.infer<typeof memoryHistorySchema>;

/** Answer to `GET /health`: the API's process lives; `starting` while the fleet still loads what `PRELOAD` says. */
export const healthSchema = z
  .object({ status: z.enum(["ok", "starting"]), version: z.string(), uptime_seconds: z.number().nonnegative() })
  .meta({ id: "Health" });

/** Answer to `GET /ready`: whether a job that is sent now can be taken and done. */
export const readySchema = z
  .object({
    status: z.enum(["ready", "starting", "no-workers", "redis-unavailable"]),
    redis: z.enum(["ok", "unavailable"]),
    workers: z.int().nonnegative().meta({ description: "Workers heard from that have finished starting." }),
  })
  .meta({ id: "Readiness" });
