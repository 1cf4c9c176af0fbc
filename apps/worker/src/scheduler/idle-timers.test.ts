import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { IdleTimers } from "./idle-timers.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Milliseconds after which a model that ran jobs with these TTLs is unloaded; `undefined` when it stays. */
async function unloadedAfter(ttls: (number | undefined)[]): Promise<number | undefined> {
  let at: number | undefined;
  const timers = new IdleTimers({
    defaultTtlMs: 1_000,
    onExpired: () => {
      at = Date.now();
    },
  });
  const start = Date.now();
  for (const ttl of ttls) timers.jobStarted("bart", ttl);
  timers.start("bart");
  await vi.advanceTimersByTimeAsync(1e9);
  return at === undefined ? undefined : at - start;
}

it("the longest keep_alive among running jobs counts, and -1 keeps the model", async () => {
  expect(await unloadedAfter([])).toBe(1_000);
  expect(await unloadedAfter([undefined])).toBe(1_000);
  expect(await unloadedAfter([0])).toBe(0);
  expect(await unloadedAfter([0, undefined])).toBe(1_000);
  expect(await unloadedAfter([5_000, 0, 1_000])).toBe(5_000);
  expect(await unloadedAfter([5_000, -1, 9_000])).toBeUndefined();
  // Beyond what a timer can count.
  expect(await unloadedAfter([2 ** 40])).toBeUndefined();
});

it("a keep_alive lasts until the model is idle again, and a new job restarts the time", async () => {
  let unloads = 0;
  const timers = new IdleTimers({
    defaultTtlMs: 1_000,
    onExpired: () => {
      unloads += 1;
    },
  });
  timers.jobStarted("bart", -1);
  timers.start("bart");
  await vi.advanceTimersByTimeAsync(1e8);
  for (let job = 0; job < 2; job += 1) {
    timers.cancel("bart");
    timers.jobStarted("bart", 500);
    timers.start("bart");
    await vi.advanceTimersByTimeAsync(499);
  }
  expect(unloads).toBe(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(unloads).toBe(1);
});

it("a keep_alive does not outlast the process that the job ran in", async () => {
  let unloads = 0;
  const timers = new IdleTimers({
    defaultTtlMs: 1_000,
    onExpired: () => {
      unloads += 1;
    },
  });
  timers.jobStarted("bart", -1);
  timers.reset("bart");
  timers.jobStarted("bart", 0);
  timers.start("bart");
  await vi.advanceTimersByTimeAsync(1);
  expect(unloads).toBe(1);
});

it("each model has a timer of its own", async () => {
  const expired: string[] = [];
  const timers = new IdleTimers({ defaultTtlMs: 1_000, onExpired: (model, ttl) => expired.push(`${model} ${ttl}`) });
  timers.jobStarted("t5", 300);
  timers.start("bart");
  timers.start("t5");
  await vi.advanceTimersByTimeAsync(500);
  expect(expired).toEqual(["t5 300"]);
  timers.cancel("t5");
  await vi.advanceTimersByTimeAsync(500);
  expect(expired).toEqual(["t5 300", "bart 1000"]);
});
