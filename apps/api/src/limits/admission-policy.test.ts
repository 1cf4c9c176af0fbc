import { expect, it } from "vitest";
import { drainRate, type LoadSample, refuse } from "./admission.js";

const sample = (seconds: number, added: number, unfinished: number, memoryUsed = 1, memoryLimit = 0): LoadSample => ({
  at: seconds * 1_000,
  added,
  unfinished,
  memoryUsed,
  memoryLimit,
});

it("the drain rate counts what was added and is gone, whoever added it", () => {
  expect(drainRate([])).toBe(0);
  expect(drainRate([sample(0, 10, 10)])).toBe(0);
  expect(drainRate([sample(0, 100, 100), sample(10, 100, 80)])).toBe(2);
  expect(drainRate([sample(0, 100, 100), sample(10, 150, 130)])).toBe(2);
  expect(drainRate([sample(0, 100, 100), sample(10, 100, 120)])).toBe(0);
});

it("admits below the mark, and everything before the first reading", () => {
  expect(refuse([], 5, { maxQueueDepth: 1 })).toBeUndefined();
  expect(refuse([sample(0, 0, 99)], 0, { maxQueueDepth: 100 })).toBeUndefined();
});

it("counts what was accepted since the reading", () => {
  expect(refuse([sample(0, 0, 90)], 10, { maxQueueDepth: 100 })).toBeDefined();
});

it.each([
  ["as long as a twentieth takes at the measured rate", [sample(0, 100, 100), sample(10, 100, 80)], 80, 2],
  ["half a minute while nothing drains", [sample(0, 100, 100), sample(10, 100, 100)], 100, 30],
  ["at most ten minutes", [sample(0, 1e6, 1e6), sample(10_000, 1e6, 1e6 - 1)], 1e5, 600],
  ["at least a second", [sample(0, 1e6, 1e5), sample(1, 2e6, 1e5)], 1e5, 1],
] as const)("asks to wait %s", (_, samples, maxQueueDepth, seconds) => {
  expect(refuse(samples, 0, { maxQueueDepth })?.retryAfterSeconds).toBe(seconds);
});

it("refuses at the memory mark, or at 90 % of Redis's own limit", () => {
  const limits = { maxQueueDepth: 100 };
  expect(refuse([sample(0, 0, 1, 899, 1_000)], 0, limits)).toBeUndefined();
  expect(refuse([sample(0, 0, 1, 900, 1_000)], 0, limits)?.detail).toMatch(/900 bytes/);
  expect(refuse([sample(0, 0, 1, 500, 0)], 0, { ...limits, memoryMark: 500 })).toBeDefined();
  expect(refuse([sample(0, 0, 1, 950, 1_000)], 0, { ...limits, memoryMark: 960 })).toBeUndefined();
});
