import type { JobQueue } from "@precis/queue";
import { type Redis, readMemoryUse } from "@precis/redis";
import { type AdmissionLimits, type LoadSample, type Refusal, refuse } from "./admission.js";

/** Knows how full queue and Redis are without asking at each request. */
export interface LoadWatch {
  /** Why a submission cannot come in now, if so. No round trip. */
  refusal(): Refusal | undefined;
  /** This process has accepted so many more jobs. */
  accepted(jobs: number): void;
  close(): void;
}

const everyMs = 1_000;
/** The drain rate is taken over this many readings. */
const keptSamples = 30;

/** Reads the load once a second; a reading that fails leaves the last one standing. */
export function watchLoad(queue: JobQueue, redis: Redis, limits: AdmissionLimits): LoadWatch {
  const samples: LoadSample[] = [];
  let acceptedSince = 0;
  let reading = false;
  const read = async () => {
    if (reading || redis.status !== "ready") return;
    reading = true;
    const acceptedBefore = acceptedSince;
    try {
      const [load, memory] = await Promise.all([queue.measureLoad(), readMemoryUse(redis)]);
      samples.push({ at: Date.now(), ...load, memoryUsed: memory.used, memoryLimit: memory.limit });
      if (samples.length > keptSamples) samples.shift();
      // What was accepted while the reading was under way may or may not be in it: it is counted once more.
      acceptedSince -= acceptedBefore;
    } catch {
      // Redis is away, which the submissions themselves will be told.
    } finally {
      reading = false;
    }
  };
  void read();
  const timer = setInterval(() => void read(), everyMs).unref();
  return {
    refusal: () => refuse(samples, acceptedSince, limits),
    accepted: (jobs) => {
      acceptedSince += jobs;
    },
    close: () => clearInterval(timer),
  };
}
