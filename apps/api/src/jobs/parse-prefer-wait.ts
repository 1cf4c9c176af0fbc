/**
 * Milliseconds a caller wants to wait, from `Prefer: wait=N` (RFC 7240, seconds).
 *
 * @param fallback when there is no such preference
 * @param most longest wait granted
 */
export function readWait(prefer: string | undefined, fallback: number, most: number): number {
  const wish = /(?:^|[,;\s])wait\s*=\s*"?(\d+)"?/i.exec(prefer ?? "")?.[1];
  return Math.min(wish === undefined ? fallback : Number(wish) * 1_000, most);
}
