/** One reading of queue and Redis; times in Unix milliseconds, memory in bytes (`memoryLimit` 0 when there is none). */
export interface LoadSample {
  at: number;
  unfinished: number;
  added: number;
  memoryUsed: number;
  memoryLimit: number;
}

export interface AdmissionLimits {
  maxQueueDepth: number;
  /** Bytes of Redis memory from which on nothing is accepted; 90 % of Redis's own limit when absent. */
  memoryMark?: number;
}

/** Why nothing more is accepted, and in how many seconds there should be room again. */
export interface Refusal {
  detail: string;
  retryAfterSeconds: number;
}

const ownLimitShare = 0.9;
/** Room for a twentieth of the queue is waited for, so that those who wait do not all come back for one place. */
const roomShare = 0.05;
const [least, most, unknown] = [1, 600, 30];

/**
 * Jobs that ended per second between the first and the last sample, over all workers and API processes: what was added
 * and is no longer there. 0 when it cannot be told.
 */
export function drainRate(samples: readonly LoadSample[]): number {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || last.at <= first.at) return 0;
  const ended = last.added - first.added - (last.unfinished - first.unfinished);
  return Math.max(0, ended / ((last.at - first.at) / 1_000));
}

/**
 * Whether a submission may come in, by the last sample and what this process has accepted since.
 *
 * @param samples oldest first; without any, everything is admitted
 */
export function refuse(
  samples: readonly LoadSample[],
  acceptedSince: number,
  limits: AdmissionLimits,
): Refusal | undefined {
  const last = samples.at(-1);
  if (last === undefined) return undefined;
  const depth = last.unfinished + acceptedSince;
  const wait = (jobs: number) => {
    const rate = drainRate(samples);
    return rate === 0 ? unknown : Math.min(most, Math.max(least, Math.ceil(jobs / rate)));
  };
  if (depth >= limits.maxQueueDepth) {
    return {
      detail: `${depth} jobs have not ended yet and at most ${limits.maxQueueDepth} may wait; nothing was accepted`,
      retryAfterSeconds: wait(depth - limits.maxQueueDepth + Math.max(1, limits.maxQueueDepth * roomShare)),
    };
  }
  const mark = limits.memoryMark ?? last.memoryLimit * ownLimitShare;
  if (mark > 0 && last.memoryUsed >= mark) {
    return {
      detail: `Redis uses ${last.memoryUsed} bytes and takes new jobs up to ${Math.floor(mark)}; nothing was accepted`,
      retryAfterSeconds: wait(Math.max(1, depth * roomShare)),
    };
  }
  return undefined;
}
