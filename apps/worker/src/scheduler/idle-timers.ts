/** Unloads a model that has been idle for as long as the job with the longest wish asked for. */
export interface IdleTimer {
  /** A job starts: it wishes the model kept for `ttlMs` after it, -1 for ever. */
  jobStarted(ttlMs: number): void;
  /** The model has become idle. */
  idle(): void;
  /** The model is not idle any more, or gone. */
  cancel(): void;
}

/**
 * @param defaultTtlMs wish of a model that was loaded without a job
 * @param unload called when the time is over, with the time
 */
export function createIdleTimer(defaultTtlMs: number, unload: (ttlMs: number) => void): IdleTimer {
  let wish: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  const cancel = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  return {
    jobStarted: (ttlMs) => {
      wish = wish === undefined ? ttlMs : longer(wish, ttlMs);
    },
    idle: () => {
      cancel();
      const ttl = wish ?? defaultTtlMs;
      wish = undefined;
      // setTimeout overflows past 24.8 days; nobody tells that from never.
      if (ttl >= 0 && ttl < 2 ** 31) timer = setTimeout(() => unload(ttl), ttl);
    },
    cancel,
  };
}

function longer(one: number, other: number): number {
  return one < 0 || other < 0 ? -1 : Math.max(one, other);
}
