import { z } from "zod";
import { modelNames } from "./model.js";

/**
 * Counters of the whole fleet. Workers add to one hash in Redis, so a count outlives its worker and every API process reports
 * the same value. `labels` lists the values that are reported as 0 before they first occur.
 * Durations are in seconds, sizes in bytes.
 */
export const counters = {
  jobs: {
    labels: { model: modelNames, outcome: ["completed", "failed", "cancelled", "requeued"] },
    help: "Jobs finished or requeued by workers, by outcome",
  },
  tokens: {
    labels: { model: modelNames, direction: ["input", "output"] },
    help: "Input and output tokens of completed jobs",
  },
  freed_bytes: { labels: { model: modelNames }, help: "Resident memory freed by unloading model processes" },
  model_crashes: { labels: { model: modelNames }, help: "Model processes that exited unexpectedly" },
  model_hangs: { labels: { model: modelNames }, help: "Model processes that did not respond and were killed" },
  jobs_quarantined: {
    labels: { model: modelNames },
    help: "Jobs that failed because a model process or worker kept dying while it ran them alone",
  },
  process_restarts: {
    labels: { part: ["api", "worker", "redis"] },
    help: "Processes that `precis up` restarted after they exited unexpectedly",
  },
  webhook_deliveries: {
    labels: { outcome: ["delivered", "retried", "failed", "skipped"] },
    help: "Webhook delivery attempts, by outcome",
  },
} as const;
export type CounterName = keyof typeof counters;

const seconds = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900];

/** Histograms of the whole fleet: `buckets` are upper bounds; values above the last one count in `+Inf`. */
export const histograms = {
  job_wait_seconds: {
    labels: { model: modelNames },
    buckets: seconds,
    help: "Time from submission to the start of the last attempt",
  },
  job_run_seconds: {
    labels: { model: modelNames },
    buckets: seconds,
    help: "Run time of completed jobs, including the load of the model",
  },
  batch_texts: { labels: { model: modelNames }, buckets: [1, 2, 4, 8, 16, 32, 64], help: "Texts in a batch" },
  model_load_seconds: {
    labels: { model: modelNames },
    buckets: seconds.slice(1, 12),
    help: "Time from process start to ready",
  },
  model_unload_seconds: {
    labels: { model: modelNames },
    buckets: seconds.slice(0, 11),
    help: "Time from the unload command to the exit of the process",
  },
} as const;
export type HistogramName = keyof typeof histograms;

/** One field of the totals hash: the value of a counter, the count of one bucket, or the sum of a histogram in thousandths. */
export const totalsFieldSchema = z.tuple([
  z.string().regex(/^[a-z_]+(\|[\w-]+)*$/),
  z
    .string()
    .regex(/^-?\d+$/)
    .transform(Number),
]);
