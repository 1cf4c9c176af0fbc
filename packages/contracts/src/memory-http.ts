import { z } from "zod";
import { parseDuration } from "./duration.js";
import { memorySampleSchema } from "./memory-sample.js";
import { modelNameSchema, modelNames } from "./model.js";
import { memoryEventSchema, workerTelemetrySchema } from "./telemetry.js";

const isoTime = z.iso.datetime().meta({ example: "2026-11-24T08:00:00.000Z" });
const bytes = z.int().nonnegative();

/** Response of `GET /memory`: the fields of the old service for the whole fleet, and each worker. */
export const memorySchema = z
  .object({
    device: z.enum(["cpu", "cuda"]).meta({ description: "`cuda` when a worker runs its models there." }),
    bart_loaded: z.boolean().meta({ description: "Whether a worker has it loaded." }),
    t5_loaded: z.boolean().meta({ description: "Whether a worker has it loaded." }),
    cuda_memory_allocated: z.string().meta({ example: "0.00 GB" }),
    cuda_memory_reserved: z.string().meta({ example: "0.00 GB" }),
    workers: z.array(workerTelemetrySchema.meta({ id: "Worker" })),
    totals: z.object({
      workers: z.int().nonnegative(),
      models_loaded: z.int().nonnegative(),
      in_flight: z.int().nonnegative(),
      fleet_concurrency: z.int().positive().optional().meta({
        description:
          "Global concurrency: maximum number of running jobs over all workers; only if FLEET_CONCURRENCY is set.",
      }),
      rss: bytes.meta({ description: "Resident memory of supervisors and model processes together, in bytes." }),
      paused_queues: z.array(z.enum(["summarize", "webhooks"])).meta({
        description: "Queues that an operator has paused on the queue board: no worker claims their jobs.",
      }),
      process_restarts: z
        .object({ api: z.int().nonnegative(), worker: z.int().nonnegative(), redis: z.int().nonnegative() })
        .meta({ description: "Number of times `precis up` restarted each after it exited unexpectedly." }),
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
    .meta({ description: "Models; both when absent." }),
  workers: z.array(z.string()).min(1).optional().meta({ description: "Worker ids; every worker when absent." }),
};

/** Unload modes, with their old names; commands carry the old ones, so that workers of different versions understand each other. */
const unloadModes = { graceful: "drain", immediate: "now", drain: "drain", now: "now" } as const;
const unloadModeSchema = z
  .enum(Object.keys(unloadModes) as (keyof typeof unloadModes)[])
  .transform((mode) => unloadModes[mode])
  .meta({
    description:
      "`graceful` lets running jobs finish first, `immediate` requeues them; `drain` and `now` are their old names. Default: `graceful`.",
    example: "graceful",
  });

/** Body of `POST /memory/unload`; an empty body means both models on every worker. */
export const unloadRequestSchema = z
  .strictObject({
    ...targets,
    mode: unloadModeSchema.default("drain"),
  })
  .meta({ id: "UnloadRequest" });
export type UnloadRequest = z.infer<typeof unloadRequestSchema>;

/** Body of `POST /memory/load`; an empty body means both models on every worker. */
export const loadRequestSchema = z.strictObject(targets).meta({ id: "LoadRequest" });
export type LoadRequest = z.infer<typeof loadRequestSchema>;

/** The last moment a `Date` can hold. */
const maxTime = 8.64e15;

/** A point in time as a query gives it: how long ago (`10m`), Unix milliseconds, or ISO 8601. */
export function parseSince(text: string, now: number): number | undefined {
  const ago = /^\d{12,}$/.test(text) ? undefined : parseDuration(text);
  if (ago !== undefined) return Math.max(0, now - ago);
  const time = /^\d{12,}$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isNaN(time) || time > maxTime ? undefined : Math.max(0, time);
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
    .meta({ description: "Maximum number of samples of each worker, evenly spaced." }),
});

/** Response of `GET /memory/history`, oldest first. */
export const memoryHistorySchema = z
  .object({
    since: isoTime,
    as_of: isoTime,
    samples: z.array(memorySampleSchema),
    events: z.array(memoryEventSchema.meta({ id: "MemoryEvent" })),
  })
  .meta({ id: "MemoryHistory" });
export type MemoryHistory = z.infer<typeof memoryHistorySchema>;

/** Response of `GET /health`: `starting` until a worker has loaded the models of `PRELOAD`. */
export const healthSchema = z
  .object({ status: z.enum(["ok", "starting"]), version: z.string(), uptime_seconds: z.number().nonnegative() })
  .meta({ id: "Health" });

/** Response of `GET /ready`: whether jobs can be accepted and processed. */
export const readySchema = z
  .object({
    status: z.enum(["ready", "paused", "starting", "not-responding", "no-workers", "redis-unavailable"]).meta({
      description: "`paused` is a 200 too: an operator has paused the queue, and jobs are accepted but not claimed.",
    }),
    redis: z.enum(["ok", "unavailable"]),
    workers: z.int().nonnegative().meta({ description: "Workers that have finished starting." }),
    not_responding: z.int().nonnegative().optional().meta({
      description: "Workers among them with a model process that does not respond; absent when there is none.",
    }),
  })
  .meta({ id: "Readiness" });
