import { z } from "zod";
import { modelNameSchema } from "./model.js";

/**
 * States of a model on a worker; the worker's state table says how they change. `draining`: an unload waits for running jobs;
 * `terminating`: its process is about to exit.
 */
export const modelStates = ["absent", "loading", "ready", "busy", "draining", "terminating"] as const;
export const modelStateSchema = z.enum(modelStates);
export type ModelState = z.infer<typeof modelStateSchema>;

/** A state as workers write it. Earlier versions wrote `unloading` for both `draining` and `terminating`. */
export const storedModelStateSchema = z.codec(z.enum([...modelStates, "unloading"]), modelStateSchema, {
  decode: (state) => (state === "unloading" ? "terminating" : state),
  encode: (state) => state,
});

const bytes = z.int().nonnegative();
const unixMs = z.int().nonnegative();

export const modelTelemetrySchema = z.object({
  model: modelNameSchema,
  state: storedModelStateSchema,
  /** False while its process neither answers nor uses the CPU although it has something to do. */
  responding: z.boolean().optional(),
  pid: z.int().positive().optional(),
  rss: bytes,
  /** Proportional set size; absent where the system does not report it. */
  pss: bytes.optional(),
  peak_rss: bytes,
  loaded_at: unixMs.optional(),
  last_used: unixMs.optional(),
  in_flight: z.int().nonnegative(),
  loads: z.int().nonnegative(),
  unloads: z.int().nonnegative(),
  jobs_done: z.int().nonnegative().default(0),
  jobs_failed: z.int().nonnegative().default(0),
  /** Summary tokens generated per second, over the last ten seconds. */
  tokens_per_second: z.number().nonnegative(),
});
export type ModelTelemetry = z.infer<typeof modelTelemetrySchema>;

/**
 * Why a worker claims no jobs; each reason is removed only by the component that set it. `operator`: by command; `pressure`:
 * memory is above the hard limit; `no-room`: the model of a job does not fit beside the busy ones; `too-small`: no model can ever
 * fit here, or, for a moment, that of a job cannot and another worker may claim it; `starting`: models of `PRELOAD` are loading.
 */
export const pauseReasons = ["operator", "pressure", "no-room", "too-small", "starting"] as const;
export const pauseReasonSchema = z.enum(pauseReasons);
export type PauseReason = z.infer<typeof pauseReasonSchema>;

/** What a worker publishes about itself every two seconds and at every state change. */
export const workerTelemetrySchema = z.object({
  id: z.string(),
  host: z.string(),
  pid: z.int().positive(),
  version: z.string(),
  started: unixMs,
  at: unixMs,
  device: z.enum(["cpu", "cuda"]),
  status: z.enum(["starting", "running", "paused", "stopping"]),
  /** Why it claims no jobs; empty when it does. */
  paused_by: z.array(pauseReasonSchema).default([]),
  rss: bytes,
  models: z.array(modelTelemetrySchema),
  /** 99th percentile of the supervisor's event-loop delay since the last telemetry, in milliseconds. */
  event_loop_lag_ms: z.number().nonnegative().optional(),
  /** How far the clock of its machine is ahead of that of Redis, in milliseconds; above a second it is corrected. */
  clock_skew_ms: z.int().optional(),
  jobs_done: z.int().nonnegative(),
  jobs_failed: z.int().nonnegative(),
  memory: z.object({
    /** Origin of the numbers. */
    source: z.enum(["MEMORY_LIMIT", "cgroup", "system"]),
    current: bytes,
    limit: bytes,
    pressure: z.enum(["none", "soft", "hard"]),
    /** PSI `some avg10` of the cgroup or system, percent; absent where the kernel does not report it. */
    psi_some_avg10: z.number().nonnegative().optional(),
    /** The tightest cgroup limit that applies to this worker, whatever `source` is. */
    cgroup: z.object({ current: bytes, limit: bytes }).optional(),
    /** Models that do not fit here even with no other model loaded. */
    too_small_for: z.array(modelNameSchema).default([]),
  }),
});
export type WorkerTelemetry = z.infer<typeof workerTelemetrySchema>;

/** A memory decision of a worker, with the numbers it was based on. */
export const memoryEventSchema = z.object({
  at: unixMs,
  worker: z.string(),
  kind: z.enum(["load", "unload", "evict", "pause", "resume", "crash", "hang", "refuse-load"]),
  model: modelNameSchema.optional(),
  reason: z.string(),
  current: bytes,
  limit: bytes,
  /** Estimated peak memory of the model in bytes, if the decision depended on it. */
  needed: bytes.optional(),
  psi_some_avg10: z.number().nonnegative().optional(),
  rss_before: bytes.optional(),
  rss_after: bytes.optional(),
});
export type MemoryEvent = z.infer<typeof memoryEventSchema>;
