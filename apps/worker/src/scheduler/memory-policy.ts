import type { ModelName, ModelState, WorkerTelemetry } from "@precis/contracts";

/** Shares of the limit: idle models are evicted from the soft one, and no jobs are claimed from the hard one. */
const softShare = 0.8;
const hardShare = 0.92;

/** PSI `some avg10` (percent of time in which something waited for memory) that counts as reaching a limit. */
const softPsi = 10;
const hardPsi = 40;

/** A model that was loaded for a job that has not arrived yet is not evicted for this long. */
const firstUseGraceMs = 10_000;

export type Pressure = WorkerTelemetry["memory"]["pressure"];

/** Memory in use and its limit, in bytes. */
export interface Usage {
  current: number;
  limit: number;
  psiSomeAvg10?: number;
}

/** A model that has a process, or reserved memory for one. */
export interface Resident {
  model: ModelName;
  state: ModelState;
  /** Resident memory of its process now, and at its peak, in bytes. */
  rss: number;
  peak: number;
  /** Unix ms; absent while it is not loaded, or was never used. */
  loadedAt: number | undefined;
  lastUsed: number | undefined;
}

export function pressureOf({ current, limit, psiSomeAvg10 = 0 }: Usage): Pressure {
  if (current >= limit * hardShare || psiSomeAvg10 >= hardPsi) return "hard";
  return current >= limit * softShare || psiSomeAvg10 >= softPsi ? "soft" : "none";
}

/** The hard limit in bytes: memory in use must stay below it once a model has been loaded. */
export const hardLimitOf = ({ limit }: Usage) => Math.floor(limit * hardShare);

/** The idle models, least recently used first. */
export function findEvictable(residents: readonly Resident[], now: number): Resident[] {
  return residents
    .filter(({ state, loadedAt = 0, lastUsed = 0 }) => {
      const isUnused = lastUsed < loadedAt;
      return state === "ready" && !(isUnused && now - loadedAt < firstUseGraceMs);
    })
    .sort((one, other) => (one.lastUsed ?? one.loadedAt ?? 0) - (other.lastUsed ?? other.loadedAt ?? 0));
}

/** Bytes in use if every process grows to its peak. */
export function committedBytes(usage: Usage, residents: readonly Resident[]): number {
  return residents.reduce((sum, { rss, peak }) => sum + Math.max(0, peak - rss), usage.current);
}

/**
 * Chooses the idle models to evict, least recently used first, so that a model that needs `needed` bytes stays below the hard limit;
 * `undefined` if evicting all of them is not enough.
 *
 * @param residents the other models
 */
export function planEviction(
  usage: Usage,
  needed: number,
  residents: readonly Resident[],
  now: number,
): ModelName[] | undefined {
  const idle = findEvictable(residents, now);
  const evicted: ModelName[] = [];
  let total = committedBytes(usage, residents) + needed;
  while (total > hardLimitOf(usage)) {
    const next = idle.shift();
    if (next === undefined) return undefined;
    evicted.push(next.model);
    total -= Math.max(next.rss, next.peak);
  }
  return evicted;
}
