import { expect, it } from "vitest";
import { checkAdmission, drainRate, type LoadSample } from "./admission-policy.js";

const sample = (seconds: number, added: number, unfinished: number, memoryUsed = 1, memoryLimit = 0): LoadSample => ({
  at: seconds * 1_000,
  added,
  unfinished,
  memoryUsed,
  memoryLimit,
});

it("the drain rate counts finished jobs, whichever process added them", () => {
  expect(drainRate([])).toBe(0);
  expect(drainRate([sample(0, 10, 10)])).toBe(0);
  expect(drainRate([sample(0, 100, 100), sample(10, 100, 80)])).toBe(2);
  expect(drainRate([sample(0, 100, 100), sample(10, 150, 130)])).toBe(2);
  expect(drainRate([sample(0, 100, 100), sample(10, 100, 120)])).toBe(0);
});

it("accepts below the limit, and everything before the first sample", () => {
  expect(checkAdmission([], 5, { maxQueueDepth: 1 })).toBeUndefined();
  expect(checkAdmission([sample(0, 0, 99)], 0, { maxQueueDepth: 100 })).toBeUndefined();
});

it("counts jobs accepted since the last sample", () => {
  expect(checkAdmission([sample(0, 0, 90)], 10, { maxQueueDepth: 100 })).toBeDefined();
});

it.each([
  [
    "until a twentieth of the queue has drained at the measured rate",
    [sample(0, 100, 100), sample(10, 100, 80)],
    80,
    2,
  ],
  ["30 s while nothing drains", [sample(0, 100, 100), sample(10, 100, 100)], 100, 30],
  ["at most ten minutes", [sample(0, 1e6, 1e6), sample(10_000, 1e6, 1e6 - 1)], 1e5, 600],
  ["at least a second", [sample(0, 1e6, 1e5), sample(1, 2e6, 1e5)], 1e5, 1],
] as const)("Retry-After is %s", (_, samples, maxQueueDepth, seconds) => {
  expect(checkAdmission(samples, 0, { maxQueueDepth })?.retryAfterSeconds).toBe(seconds);
});

it("rejects at the memory limit, or at 90 % of Redis's own limit", () => {
  const limits = { maxQueueDepth: 100 };
  expect(checkAdmission([sample(0, 0, 1, 899, 1_000)], 0, limits)).toBeUndefined();
  expect(checkAdmission([sample(0, 0, 1, 900, 1_000)], 0, limits)?.reason).toMatch(/900 bytes/);
  expect(checkAdmission([sample(0, 0, 1, 500, 0)], 0, { ...limits, maxMemory: 500 })).toBeDefined();
  expect(checkAdmission([sample(0, 0, 1, 950, 1_000)], 0, { ...limits, maxMemory: 960 })).toBeUndefined();
});
