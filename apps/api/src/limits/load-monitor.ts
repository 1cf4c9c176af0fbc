import type { JobQueue } from "@precis/queue";
import { type Redis, readMemoryUse } from "@precis/redis";
import { type AdmissionLimits, checkAdmission, type LoadSample, type Rejection } from "./admission-policy.js";

/** Knows how full queue and Redis are without a round trip for each request. */
export interface LoadMonitor {
  /** Why no submission is accepted now; `undefined` when there is room. */
  rejection(): Rejection | undefined;
  /** Counts jobs this process has accepted. */
  accepted(jobs: number): void;
  close(): void;
}

const intervalMs = 1_000;
/** The drain rate is measured over this many samples. */
const maxSamples = 30;

/** Samples the load once a second; while Redis is unavailable the last sample stays in force. */
export function monitorLoad(queue: JobQueue, redis: Redis, limits: AdmissionLimits): LoadMonitor {
  const samples: LoadSample[] = [];
  let acceptedSince = 0;
  let isSampling = false;
  const sample = async () => {
    if (isSampling || redis.status !== "ready") return;
    isSampling = true;
    const acceptedBefore = acceptedSince;
    try {
      const [load, memory] = await Promise.all([queue.measureLoad(), readMemoryUse(redis)]);
      samples.push({ at: Date.now(), ...load, memoryUsed: memory.used, memoryLimit: memory.limit });
      if (samples.length > maxSamples) samples.shift();
      // Jobs accepted during the sample may or may not be in it: they are counted once more.
      acceptedSince -= acceptedBefore;
    } catch {
      // Redis is unavailable; submissions fail with that error themselves.
    } finally {
      isSampling = false;
    }
  };
  void sample();
  const timer = setInterval(() => void sample(), intervalMs).unref();
  return {
    rejection: () => checkAdmission(samples, acceptedSince, limits),
    accepted: (jobs) => {
      acceptedSince += jobs;
    },
    close: () => clearInterval(timer),
  };
}
