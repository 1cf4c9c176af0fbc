/** Why an attempt failed. */
export interface Failure {
  /** HTTP status; absent if there was no response. */
  status?: number;
  timedOut?: boolean;
  /** Wait that the `Retry-After` header of the response asks for. */
  retryAfterMs?: number;
}

/** Minimum wait after 429 or a timeout, which say that the endpoint is overloaded. */
const minOverloadWaitMs = 60_000;

/**
 * Milliseconds until the next attempt; `undefined` if there is none, which is after the last of `schedule` and after
 * 410.
 *
 * Waits have full jitter, so that deliveries that failed together are not retried together. Only the last attempt waits
 * until the end of the whole schedule, so that an endpoint that recovers before then misses nothing. `Retry-After` counts
 * up to the longest wait of the schedule.
 *
 * @param schedule maximum wait before each attempt, the first included (ms)
 * @param made attempts made so far, the failed one included
 * @param sinceFirstMs time since the first attempt
 */
export function computeRetryDelay(
  schedule: readonly number[],
  made: number,
  sinceFirstMs: number,
  failure: Failure,
  random: () => number = Math.random,
): number | undefined {
  const wait = schedule[made];
  if (wait === undefined || failure.status === 410) return undefined;
  const totalMs = schedule.slice(1).reduce((sum, part) => sum + part, 0);
  const jittered = made === schedule.length - 1 ? Math.max(0, totalMs - sinceFirstMs) : random() * wait;
  const requested = Math.min(failure.retryAfterMs ?? 0, Math.max(...schedule));
  const minimum = failure.status === 429 || failure.timedOut === true ? minOverloadWaitMs : 0;
  return Math.round(Math.max(jittered, requested, minimum));
}

/** Milliseconds to wait by a `Retry-After` header (seconds or a date); `undefined` if it is neither. */
export function parseRetryAfter(header: string | undefined, now = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1_000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
