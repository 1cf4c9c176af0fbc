import { setTimeout as sleep } from "node:timers/promises";
import type { JobResult } from "@precis/contracts";
import { isRedisError } from "@precis/redis";

const firstDelayMs = 250;
const maxDelayMs = 2_000;

/** More results than one worker makes while Redis is full; the oldest are dropped, and made again. */
const maxKept = 1_000;

/** Keeps what a job has made while Redis cannot store it, so that the work is not done again. */
export interface ResultKeeper {
  /** A result of an earlier attempt that could not be stored. */
  take(jobId: string): JobResult | undefined;
  /**
   * Stores a result, and waits while Redis is full or unavailable. When the job is taken from this worker meanwhile, the result is kept
   * for the next attempt, which is often here.
   *
   * @throws the error of Redis once `signal` has aborted, and any other at once
   */
  store(jobId: string, result: JobResult, signal: AbortSignal, write: () => Promise<boolean>): Promise<boolean>;
}

export function createResultKeeper(): ResultKeeper {
  const kept = new Map<string, JobResult>();
  return {
    take: (jobId) => {
      const result = kept.get(jobId);
      kept.delete(jobId);
      return result;
    },
    store: async (jobId, result, signal, write) => {
      for (let delayMs = firstDelayMs; ; delayMs = Math.min(2 * delayMs, maxDelayMs)) {
        try {
          return await write();
        } catch (error) {
          if (!isRedisError(error as Error)) throw error;
          await sleep(delayMs, undefined, { signal }).catch(() => {});
          if (!signal.aborted) continue;
          kept.set(jobId, result);
          const [oldest] = kept.keys();
          if (kept.size > maxKept && oldest !== undefined) kept.delete(oldest);
          throw error;
        }
      }
    },
  };
}
