import { describe, expect, it } from "vitest";
import { findEvictable, planEviction, pressureOf, type Resident } from "./memory-policy.js";

const now = 1_000_000;
const resident = (model: "bart" | "t5", more: Partial<Resident> = {}): Resident => ({
  model,
  state: "ready",
  rss: 200,
  peak: 300,
  loadedAt: 1,
  lastUsed: 2,
  ...more,
});

describe("pressure", () => {
  it("is soft from 80 % and hard from 92 % of the limit", () => {
    expect([799, 800, 919, 920].map((current) => pressureOf({ current, limit: 1_000 }))).toEqual([
      "none",
      "soft",
      "soft",
      "hard",
    ]);
  });

  it("is also read from the stalls that the kernel reports", () => {
    expect([9, 10, 40].map((psiSomeAvg10) => pressureOf({ current: 0, limit: 1, psiSomeAvg10 }))).toEqual([
      "none",
      "soft",
      "hard",
    ]);
  });
});

describe("eviction", () => {
  it("chooses the least recently used idle model first, and never one that is busy or being unloaded", () => {
    const names = (residents: Resident[]) => findEvictable(residents, now).map(({ model }) => model);
    expect(names([resident("bart", { lastUsed: 9 }), resident("t5", { lastUsed: 8 })])).toEqual(["t5", "bart"]);
    expect(names([resident("bart", { state: "busy" }), resident("t5", { state: "draining" })])).toEqual([]);
    expect(names([resident("t5", { state: "terminating" })])).toEqual([]);
  });

  it("does not evict a model that was just loaded for a job that has not arrived yet", () => {
    expect(findEvictable([resident("bart", { loadedAt: now - 1_000 })], now)).toEqual([]);
    expect(findEvictable([resident("bart", { loadedAt: now - 1_000, lastUsed: now })], now)).toHaveLength(1);
    expect(findEvictable([resident("bart", { loadedAt: now - 20_000 })], now)).toHaveLength(1);
  });
});

describe("a load", () => {
  const limit = 1_000;

  it("evicts no model when it fits below the hard limit", () => {
    expect(planEviction({ current: 300, limit }, 300, [resident("t5")], now)).toEqual([]);
  });

  it("counts the peak memory of the other models", () => {
    expect(planEviction({ current: 540, limit }, 300, [resident("t5")], now)).toEqual(["t5"]);
    expect(planEviction({ current: 540, limit }, 300, [resident("t5", { peak: 200 })], now)).toEqual([]);
  });

  it("counts a model that has reserved memory and not used it yet", () => {
    const reserved = resident("t5", { state: "loading", rss: 0, peak: 500 });
    expect(planEviction({ current: 200, limit }, 300, [reserved], now)).toBeUndefined();
  });

  it("is refused when evicting every idle model is not enough", () => {
    expect(planEviction({ current: 540, limit }, 300, [resident("t5", { state: "busy" })], now)).toBeUndefined();
    expect(planEviction({ current: 900, limit }, 700, [resident("t5")], now)).toBeUndefined();
  });
});
