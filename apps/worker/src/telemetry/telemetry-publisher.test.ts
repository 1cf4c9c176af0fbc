import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { TelemetryPublisher } from "./telemetry-publisher.js";

let published = 0;
let hold: Promise<void> = Promise.resolve();
let publisher: TelemetryPublisher;

beforeEach(() => {
  vi.useFakeTimers();
  published = 0;
  hold = Promise.resolve();
  publisher = new TelemetryPublisher({
    publish: async () => {
      published += 1;
      await hold;
    },
    onError: (error) => {
      throw error;
    },
    everyMs: 2_000,
    gapMs: 500,
  });
});
afterEach(async () => {
  await publisher.stop();
  vi.useRealTimers();
});

it("publishes every two seconds and after changes, at most every half second", async () => {
  publisher.start();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(published).toBe(6);
  published = 0;
  for (let ms = 0; ms < 10_000; ms += 10) {
    publisher.changed();
    await vi.advanceTimersByTimeAsync(10);
  }
  expect(published).toBeGreaterThanOrEqual(19);
  // Twenty at half-second steps, and the regular ones.
  expect(published).toBeLessThanOrEqual(26);
});

it("does not pile up while Redis is away", async () => {
  let release = () => {};
  hold = new Promise((resolve) => {
    release = resolve;
  });
  publisher.start();
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(published).toBe(1);
  release();
  await vi.advanceTimersByTimeAsync(100);
  expect(published).toBe(2);
});

it("writes nothing after it has stopped", async () => {
  publisher.start();
  await vi.advanceTimersByTimeAsync(1_000);
  await publisher.stop();
  published = 0;
  publisher.changed();
  await publisher.publish();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(published).toBe(0);
});
