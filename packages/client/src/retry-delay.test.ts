import { expect, it } from "vitest";
import { pause, retryDelay } from "./retry-delay.js";

it("honours Retry-After in seconds and as a date, within the most allowed", () => {
  const now = Date.parse("2026-11-24T08:00:00Z");
  expect(retryDelay(0, "7", 60_000)).toBe(7_000);
  expect(retryDelay(0, "Tue, 24 Nov 2026 08:00:05 GMT", 60_000, { now })).toBe(5_000);
  expect(retryDelay(0, "Tue, 24 Nov 2026 07:00:00 GMT", 60_000, { now })).toBe(0);
  expect(retryDelay(0, "600", 60_000)).toBe(60_000);
});

it("doubles with each attempt, half of it by chance", () => {
  expect([0, 1, 2].map((attempt) => retryDelay(attempt, null, 60_000, { chance: 1 }))).toEqual([250, 500, 1_000]);
  expect(retryDelay(1, "soon", 60_000, { chance: 0 })).toBe(250);
});

it("a pause ends at once when it is no longer wanted", async () => {
  const stop = new AbortController();
  const paused = pause(1e6, stop.signal);
  stop.abort(new Error("enough"));
  await expect(paused).rejects.toThrow("enough");
  await expect(pause(1e6, stop.signal)).rejects.toThrow("enough");
});
