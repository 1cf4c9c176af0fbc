/**
 * Milliseconds to wait before the next attempt: what `Retry-After` says (seconds or an HTTP date), else 250 ms doubled
 * with each attempt and half of it by chance; never more than `most`.
 *
 * @param attempt 0 for the first retry
 */
export function retryDelay(
  attempt: number,
  retryAfter: string | null,
  most: number,
  { now = Date.now(), chance = Math.random() }: { now?: number; chance?: number } = {},
): number {
  return Math.min(most, parseRetryAfter(retryAfter, now) ?? 250 * 2 ** attempt * (0.5 + chance / 2));
}

function parseRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null || value.trim() === "") return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1_000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Resolves after `ms`; rejects with the signal's reason as soon as it aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}
