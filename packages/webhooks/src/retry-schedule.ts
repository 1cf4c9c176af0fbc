/** What is known of a failed attempt. */
export interface Failure {
  /** HTTP status; absent when there was no answer. */
  status?: number;
  timedOut?: boolean;
  /** What the answer's `Retry-After` asked for. */
  retryAfterMs?: number;
}

/** A receiver that is overloaded is left alone for at least this long. */
const overloadedPauseMs = 60_000;

/**
 * Milliseconds until the next attempt, or `undefined` when there is none: after the last of `schedule`, and after 410.
 *
 * A retry comes after a random part of its wait ("full jitter"), so that many deliveries that failed together do not
 * come back together. The last one waits for the end of the whole schedule: a receiver that is back before then misses
 * nothing, however the dice fell. `Retry-After` is honoured up to the longest wait of the schedule.
 *
 * @param schedule wait before each attempt, the first one's included
 * @param made attempts made so far, the failed one included
 * @param sinceFirstMs time since the first attempt
 */
export function retryDelay(
  schedule: readonly number[],
  made: number,
  sinceFirstMs: number,
  failure: Failure,
  random: () => number = Math.random,
): number | undefined {
  const wait = schedule[made];
  if (wait === undefined || failure.status === 410) return undefined;
  const whole = schedule.slice(1).reduce((sum, part) => sum + part, 0);
  const jittered = made === schedule.length - 1 ? Math.max(0, whole - sinceFirstMs) : random() * wait;
  const asked = Math.min(failure.retryAfterMs ?? 0, Math.max(...schedule));
  const pause = failure.status === 429 || failure.timedOut === true ? overloadedPauseMs : 0;
  return Math.round(Math.max(jittered, asked, pause));
}

/** Milliseconds of a `Retry-After` header, seconds or a date; `undefined` when it is neither. */
export function readRetryAfter(header: string | undefined, now = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1_000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
