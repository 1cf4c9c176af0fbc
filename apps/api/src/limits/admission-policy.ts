/** One sample of queue and Redis; time in Unix milliseconds, memory in bytes (`memoryLimit` is 0 without a limit). */
export interface LoadSample {
  at: number;
  unfinished: number;
  added: number;
  memoryUsed: number;
  memoryLimit: number;
}

export interface AdmissionLimits {
  maxQueueDepth: number;
  /** Bytes of Redis memory from which on no jobs are accepted; 90 % of Redis's own limit when absent. */
  maxMemory?: number;
}

/** Why no more jobs are accepted, and in how many seconds there should be room again. */
export interface Rejection {
  reason: string;
  retryAfterSeconds: number;
}

const defaultMemoryShare = 0.9;
/** Clients wait for room for a twentieth of the queue, so that they do not all return for one place. */
const roomShare = 0.05;
const minSeconds = 1;
const maxSeconds = 600;
const secondsWithoutDrain = 30;

/**
 * Jobs finished per second between the first and the last sample, over all workers and API processes: those that were added
 * and are no longer unfinished. 0 when the samples do not say.
 */
export function drainRate(samples: readonly LoadSample[]): number {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || last.at <= first.at) return 0;
  const finished = last.added - first.added - (last.unfinished - first.unfinished);
  return Math.max(0, finished / ((last.at - first.at) / 1_000));
}

/**
 * Decides whether to accept a submission, by the last sample and what this process has accepted since.
 *
 * @param samples oldest first; without any, everything is accepted
 * @returns why not, or `undefined` to accept
 */
export function checkAdmission(
  samples: readonly LoadSample[],
  acceptedSince: number,
  limits: AdmissionLimits,
): Rejection | undefined {
  const last = samples.at(-1);
  if (last === undefined) return undefined;
  const depth = last.unfinished + acceptedSince;
  const secondsUntilRoom = (jobs: number) => {
    const rate = drainRate(samples);
    return rate === 0 ? secondsWithoutDrain : Math.min(maxSeconds, Math.max(minSeconds, Math.ceil(jobs / rate)));
  };
  if (depth >= limits.maxQueueDepth) {
    return {
      reason: `The queue has ${depth} unfinished jobs (at most ${limits.maxQueueDepth}); nothing was accepted`,
      retryAfterSeconds: secondsUntilRoom(depth - limits.maxQueueDepth + Math.max(1, limits.maxQueueDepth * roomShare)),
    };
  }
  const maxMemory = limits.maxMemory ?? last.memoryLimit * defaultMemoryShare;
  if (maxMemory > 0 && last.memoryUsed >= maxMemory) {
    return {
      reason: `Redis uses ${last.memoryUsed} bytes (new jobs below ${Math.floor(maxMemory)}); nothing was accepted`,
      retryAfterSeconds: secondsUntilRoom(Math.max(1, depth * roomShare)),
    };
  }
  return undefined;
}
