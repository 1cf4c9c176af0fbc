import { describe, expect, it } from "vitest";
import { evictable, planForLoad, pressureOf, type Resident } from "./memory-policy.js";

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

  it("is also what the kernel says of stalls", () => {
    expect([9, 10, 40].map((psiSomeAvg10) => pressureOf({ current: 0, limit: 1, psiSomeAvg10 }))).toEqual([
      "none",
      "soft",
      "hard",
    ]);
  });
});

describe("eviction", () => {
  it("takes the idle model used longest ago first, and never one at work", () => {
    const names = (residents: Resident[]) => evictable(residents, now).map(({ model }) => model);
    expect(names([resident("bart", { lastUsed: 9 }), resident("t5", { lastUsed: 8 })])).toEqual(["t5", "bart"]);
    expect(names([resident("bart", { state: "busy" }), resident("t5", { state: "unloading" })])).toEqual([]);
  });

  it("leaves a model alone that was loaded a moment ago for a job that has not arrived yet", () => {
    expect(evictable([resident("bart", { loadedAt: now - 1_000 })], now)).toEqual([]);
    expect(evictable([resident("bart", { loadedAt: now - 1_000, lastUsed: now })], now)).toHaveLength(1);
    expect(evictable([resident("bart", { loadedAt: now - 20_000 })], now)).toHaveLength(1);
  });
});

describe("a load", () => {
  const limit = 1_000;

  it("evicts nobody when it fits below the hard mark", () => {
    expect(planForLoad({ current: 300, limit }, 300, [resident("t5")], now)).toEqual([]);
  });

  it("counts what the other models may still grow to", () => {
    expect(planForLoad({ current: 540, limit }, 300, [resident("t5")], now)).toEqual(["t5"]);
    expect(planForLoad({ current: 540, limit }, 300, [resident("t5", { peak: 200 })], now)).toEqual([]);
  });

  it("counts a model that was promised room and has not taken it yet", () => {
    const promised = resident("t5", { state: "loading", rss: 0, peak: 500 });
    expect(planForLoad({ current: 200, limit }, 300, [promised], now)).toBeUndefined();
  });

  it("does not happen when evicting every idle model is not enough", () => {
    expect(planForLoad({ current: 540, limit }, 300, [resident("t5", { state: "busy" })], now)).toBeUndefined();
    expect(planForLoad({ current: 900, limit }, 700, [resident("t5")], now)).toBeUndefined();
  });
});
