const units: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `250ms`, `30s`, `5m`, `24h`, `7d`; a bare number is seconds; `undefined` for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?$/i.exec(text.trim());
  if (!match) return undefined;
  return Math.round(Number(match[1]) * (units[(match[2] ?? "s").toLowerCase()] ?? 1_000));
}

/** The same, and -1 for "never" (or "forever"). */
export function parseDurationOrNever(text: string): number | undefined {
  return text.trim() === "-1" ? -1 : parseDuration(text);
}
