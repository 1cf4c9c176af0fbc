/**
 * Milliseconds a caller wants to wait, from `Prefer: wait=N` (RFC 7240, seconds).
 *
 * @param defaultMs without such a preference
 * @param maxMs longest wait granted
 */
export function parsePreferWait(prefer: string | undefined, defaultMs: number, maxMs: number): number {
  const seconds = prefer === undefined ? undefined : /(?:^|[,;\s])wait\s*=\s*"?(\d+)"?/i.exec(prefer)?.[1];
  return Math.min(seconds === undefined ? defaultMs : Number(seconds) * 1_000, maxMs);
}
