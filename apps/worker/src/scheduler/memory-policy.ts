import type { ModelName, ModelState, WorkerTelemetry } from "@precis/contracts";

/** Shares of the limit at which a worker acts: it evicts at the soft mark and takes no new jobs at the hard one. */
const softMark = 0.8;
const hardMark = 0.92;

/** PSI `some avg10` (percent of time something waited for memory) that counts as reaching a mark. */
const softPsi = 10;
const hardPsi = 40;

/** A model that was loaded for a job not yet arrived is left alone for this long. */
const firstUseGraceMs = 10_000;

export type Pressure = WorkerTelemetry["memory"]["pressure"];

/** Memory in use of what there is, in bytes. */
export interface Usage {
  current: number;
  limit: number;
  psiSomeAvg10?: number;
}

/** A model as far as eviction goes. */
export interface Resident {
  model: ModelName;
  state: ModelState;
  /** Bytes its process holds now, and may come to hold. */
  rss: number;
  peak: number;
  /** Unix ms; absent while it is not loaded, or was never used. */
  loadedAt: number | undefined;
  lastUsed: number | undefined;
}

export function pressureOf({ current, limit, psiSomeAvg10 = 0 }: Usage): Pressure {
  if (current >= limit * hardMark || psiSomeAvg10 >= hardPsi) return "hard";
  return current >= limit * softMark || psiSomeAvg10 >= softPsi ? "soft" : "none";
}

/** The idle models, the one used longest ago first. */
export function evictable(residents: readonly Resident[], now: number): Resident[] {
  return residents
    .filter(({ state, loadedAt = 0, lastUsed = 0 }) => {
      const unused = lastUsed < loadedAt;
      return state === "ready" && !(unused && now - loadedAt < firstUseGraceMs);
    })
    .sort((one, other) => (one.lastUsed ?? one.loadedAt ?? 0) - (other.lastUsed ?? other.loadedAt ?? 0));
}

/** Bytes that may be in use once a model has been loaded. */
export const ceilingOf = ({ limit }: Usage) => Math.floor(limit * hardMark);

/** Bytes in use if every process there is grows to its peak. */
export function committed(usage: Usage, residents: readonly Resident[]): number {
  return residents.reduce((sum, { rss, peak }) => sum + Math.max(0, peak - rss), usage.current);
}

/**
 * Which idle models must go, the least recently used first, so that one that needs `needed` bytes keeps below the hard
 * mark; `undefined` when all of them together are not enough.
 *
 * @param residents the other models that have a process, or have been promised room for one
 */
export function planForLoad(
  usage: Usage,
  needed: number,
  residents: readonly Resident[],
  now: number,
): ModelName[] | undefined {
  const ceiling = ceilingOf(usage);
  const idle = evictable(residents, now);
  const evicted: ModelName[] = [];
  let total = committed(usage, residents) + needed;
  while (total > ceiling) {
    const next = idle.shift();
    if (next === undefined) return undefined;
    evicted.push(next.model);
    total -= Math.max(next.rss, next.peak);
  }
  return evicted;
}
