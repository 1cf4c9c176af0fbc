/** When a process that has ended is started again, and when no more. */
export interface RestartPolicy {
  /** Wait before the first restart; each failure in a row doubles it. */
  firstDelayMs: number;
  maxDelayMs: number;
  /** A process that ran this long was healthy: what happened before no longer counts. */
  healthyAfterMs: number;
  /** As many failures in a row, without a healthy run between them, are a crash loop. */
  maxFailures: number;
}

/** Waits of 0.25, 0.5, 1, 2, 4, 8 and 10 s: a crash loop is given up after about half a minute. */
export const restartPolicy: RestartPolicy = {
  firstDelayMs: 250,
  maxDelayMs: 10_000,
  healthyAfterMs: 10_000,
  maxFailures: 8,
};

export interface RestartDecision {
  /** Failures in a row, this one included. */
  failures: number;
  giveUp: boolean;
  /** Wait before the next start, had it not been given up. */
  delayMs: number;
}

/**
 * @param failuresBefore what the last decision said; 0 at first
 * @param ranMs how long the process ran before it ended
 */
export function decideRestart(failuresBefore: number, ranMs: number, policy = restartPolicy): RestartDecision {
  const failures = ranMs >= policy.healthyAfterMs ? 1 : failuresBefore + 1;
  return {
    failures,
    giveUp: failures >= policy.maxFailures,
    delayMs: Math.min(policy.firstDelayMs * 2 ** (failures - 1), policy.maxDelayMs),
  };
}
