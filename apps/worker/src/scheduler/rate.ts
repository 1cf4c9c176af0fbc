/** Counts events per second over a sliding window. */
export interface Rate {
  add(count: number): void;
  perSecond(): number;
}

/** @param windowMs how far back it looks; the time since the first event counts when that is shorter */
export function createRate(windowMs = 10_000, now: () => number = Date.now): Rate {
  let entries: { at: number; count: number }[] = [];
  let since: number | undefined;
  const trim = () => {
    const oldest = now() - windowMs;
    if ((entries[0]?.at ?? oldest) < oldest) entries = entries.filter(({ at }) => at >= oldest);
    if (entries.length === 0) since = undefined;
  };
  return {
    add: (count) => {
      if (count <= 0) return;
      trim();
      const at = now();
      since ??= at;
      const last = entries.at(-1);
      // A tenth of a second is fine enough, and bounds the list.
      if (last !== undefined && at - last.at < 100) last.count += count;
      else entries.push({ at, count });
    },
    perSecond: () => {
      trim();
      if (since === undefined) return 0;
      const ms = Math.min(windowMs, Math.max(1_000, now() - since));
      return Math.round((entries.reduce((sum, { count }) => sum + count, 0) / ms) * 10_000) / 10;
    },
  };
}
