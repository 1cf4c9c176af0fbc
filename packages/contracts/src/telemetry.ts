import { z } from "zod";
import { modelNameSchema } from "./model.js";

/** States of one model on one worker; see the state table in the supervisor's `model-lifecycle`. */
export const modelStates = ["absent", "loading", "ready", "busy", "unloading"] as const;
export const modelStateSchema = z.enum(modelStates);
export type ModelState = z.infer<typeof modelStateSchema>;

const bytes = z.int().nonnegative();
const unixMs = z.int().nonnegative();

export const modelTelemetrySchema = z.object({
  model: modelNameSchema,
  state: modelStateSchema,
  /** False while its process neither answers nor uses the CPU although it has something to do. */
  responding: z.boolean().optional(),
  pid: z.int().positive().optional(),
  rss: bytes,
  /** Proportional set size; absent where the system does not tell. */
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
 * Why a worker takes no new jobs; each reason is lifted by whoever set it and by nobody else. `operator`: told so;
 * `pressure`: memory is above the hard mark; `no-room`: a job's model does not fit beside those that are at work;
 * `too-small`: no model can ever fit here, or, for a moment, a job's cannot and another worker is let have it;
 * `starting`: models of `PRELOAD` are being loaded.
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
  /** Why it takes no jobs; empty when it does. */
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
    /** Where the numbers come from. */
    source: z.enum(["MEMORY_LIMIT", "cgroup", "system"]),
    current: bytes,
    limit: bytes,
    pressure: z.enum(["none", "soft", "hard"]),
    /** PSI `some avg10` of the cgroup or system, percent; absent where the kernel does not tell. */
    psi_some_avg10: z.number().nonnegative().optional(),
    /** The tightest cgroup this worker is in, when one has a limit, whatever `source` is. */
    cgroup: z.object({ current: bytes, limit: bytes }).optional(),
    /** Models that could not be loaded here even with nothing else loaded. */
    too_small_for: z.array(modelNameSchema).default([]),
  }),
});
export type WorkerTelemetry = z.infer<typeof workerTelemetrySchema>;

/** A decision the worker took about memory, with the numbers it was made on. */
export const memoryEventSchema = z.object({
  at: unixMs,
  worker: z.string(),
  kind: z.enum(["load", "unload", "evict", "pause", "resume", "crash", "hang", "refuse-load"]),
  model: modelNameSchema.optional(),
  reason: z.string(),
  current: bytes,
  limit: bytes,
  /** Bytes the model is reckoned to need at its peak, where that decided. */
  needed: bytes.optional(),
  psi_some_avg10: z.number().nonnegative().optional(),
  rss_before: bytes.optional(),
  rss_after: bytes.optional(),
});
export type MemoryEvent = z.infer<typeof memoryEventSchema>;
