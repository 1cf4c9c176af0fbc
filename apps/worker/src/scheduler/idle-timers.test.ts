import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createIdleTimer } from "./idle-timers.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Milliseconds after which a model is unloaded that ran jobs with these wishes; undefined when it stays. */
async function unloadedAfter(wishes: number[]): Promise<number | undefined> {
  let at: number | undefined;
  const timer = createIdleTimer(1_000, () => {
    at = Date.now();
  });
  const start = Date.now();
  for (const wish of wishes) timer.jobStarted(wish);
  timer.idle();
  await vi.advanceTimersByTimeAsync(1e9);
  return at === undefined ? undefined : at - start;
}

it("the longest wish among running jobs counts, and -1 keeps the model", async () => {
  expect(await unloadedAfter([])).toBe(1_000);
  expect(await unloadedAfter([0])).toBe(0);
  expect(await unloadedAfter([5_000, 0, 1_000])).toBe(5_000);
  expect(await unloadedAfter([5_000, -1, 9_000])).toBeUndefined();
  // Beyond what a timer can count.
  expect(await unloadedAfter([2 ** 40])).toBeUndefined();
});

it("a wish lasts until the model is idle again, and a new job starts the time anew", async () => {
  let unloads = 0;
  const timer = createIdleTimer(1_000, () => {
    unloads += 1;
  });
  timer.jobStarted(-1);
  timer.idle();
  await vi.advanceTimersByTimeAsync(1e8);
  timer.cancel();
  timer.jobStarted(500);
  timer.idle();
  await vi.advanceTimersByTimeAsync(499);
  timer.cancel();
  timer.jobStarted(500);
  timer.idle();
  await vi.advanceTimersByTimeAsync(499);
  expect(unloads).toBe(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(unloads).toBe(1);
});
