import type { ModelName, ModelState } from "@precis/contracts";

/** Shares of the limit at which a worker acts. */
export const softMark = 0.8;
export const hardMark = 0.92;

export type Pressure = "none" | "soft" | "hard";

export interface Usage {
  /** Bytes in use, of `limit`. */
  current: number;
  limit: number;
}

export interface EvictionCandidate {
  model: ModelName;
  state: ModelState;
  /** Bytes its process holds. */
  rss: number;
  /** Unix ms. */
  lastUsed: number;
}

export function pressureOf({ current, limit }: Usage): Pressure {
  if (current >= limit * hardMark) return "hard";
  return current >= limit * softMark ? "soft" : "none";
}

/** The idle model used longest ago; `undefined` when none is idle. */
export function leastRecentlyUsed(candidates: readonly EvictionCandidate[]): EvictionCandidate | undefined {
  return candidates.filter(({ state }) => state === "ready").sort((one, other) => one.lastUsed - other.lastUsed)[0];
}

/**
 * Which idle models must go before one that needs `neededBytes` may load so that the hard mark is kept, or
 * `undefined` when even without all of them there is no room.
 */
export function planForLoad(
  usage: Usage,
  neededBytes: number,
  candidates: readonly EvictionCandidate[],
): ModelName[] | undefined {
  const idle = [...candidates]
    .filter(({ state }) => state === "ready")
    .sort((one, other) => one.lastUsed - other.lastUsed);
  const evicted: ModelName[] = [];
  let current = usage.current;
  while (current + neededBytes > usage.limit * hardMark) {
    const next = idle.shift();
    if (next === undefined) return undefined;
    evicted.push(next.model);
    current -= next.rss;
  }
  return evicted;
}
