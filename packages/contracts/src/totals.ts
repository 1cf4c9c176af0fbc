import { z } from "zod";
import { modelNames } from "./model.js";

/**
 * What the fleet counts for ever. Workers add what they did to one hash in Redis, so a count outlives the worker that
 * made it and every API shows the same figure. `labels` names the values that are shown as 0 before they first happen.
 * Durations are in seconds, sizes in bytes.
 */
export const counters = {
  jobs: {
    labels: { model: modelNames, outcome: ["completed", "failed", "cancelled", "requeued"] },
    help: "Jobs that left a worker, by how",
  },
  tokens: {
    labels: { model: modelNames, direction: ["input", "output"] },
    help: "Tokens that completed jobs read and wrote",
  },
  freed_bytes: { labels: { model: modelNames }, help: "Resident memory of model processes that were unloaded" },
  model_crashes: { labels: { model: modelNames }, help: "Model processes that ended without having been told to" },
  model_hangs: { labels: { model: modelNames }, help: "Model processes that did not respond and were killed" },
  jobs_quarantined: {
    labels: { model: modelNames },
    help: "Jobs that failed because a model process or worker kept dying while it ran them alone",
  },
  process_restarts: {
    labels: { part: ["api", "worker", "redis"] },
    help: "Processes that `precis up` started again after they had ended unasked",
  },
  webhook_deliveries: {
    labels: { outcome: ["delivered", "retried", "failed", "skipped"] },
    help: "Attempts to deliver webhooks, by how they ended",
  },
} as const;
export type CounterName = keyof typeof counters;

const seconds = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900];

/** What the fleet measures: `buckets` are upper bounds, everything above the last falls into `+Inf`. */
export const histograms = {
  job_wait_seconds: {
    labels: { model: modelNames },
    buckets: seconds,
    help: "From submission to the start of the last attempt",
  },
  job_run_seconds: {
    labels: { model: modelNames },
    buckets: seconds,
    help: "Run time of completed jobs, loading included",
  },
  batch_texts: { labels: { model: modelNames }, buckets: [1, 2, 4, 8, 16, 32, 64], help: "Texts generated together" },
  model_load_seconds: {
    labels: { model: modelNames },
    buckets: seconds.slice(1, 12),
    help: "From process start to ready",
  },
  model_unload_seconds: {
    labels: { model: modelNames },
    buckets: seconds.slice(0, 11),
    help: "From the order to the process's exit",
  },
} as const;
export type HistogramName = keyof typeof histograms;

/** One field of the totals hash: a counter's value, one bucket's own count, or a histogram's sum in thousandths. */
export const totalsFieldSchema = z.tuple([
  z.string().regex(/^[a-z_]+(\|[\w-]+)*$/),
  z
    .string()
    .regex(/^-?\d+$/)
    .transform(Number),
]);
