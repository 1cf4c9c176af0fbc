import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { followRedisTime, measureSkew, type RedisTime } from "./follow-redis-time.js";
import { startTestRedis, type TestRedis } from "./testing/start-test-redis.js";

const machineNow = Date.now;
let server: TestRedis;
let time: RedisTime | undefined;

beforeAll(async () => {
  server = await startTestRedis("background");
});
afterEach(() => {
  time?.stop();
  Date.now = machineNow;
});
afterAll(() => server.stop());

/** Sets this process's clock wrong. */
function shiftClock(ms: number): void {
  Date.now = () => machineNow() + ms;
}

it.each([15_000, -15_000, 40_000, -3_600_000])("a clock that is wrong by %d ms is corrected and named", async (ms) => {
  shiftClock(ms);
  const onChange = vi.fn();
  time = await followRedisTime(server.redis, { onChange });
  expect(Math.abs(Date.now() - machineNow())).toBeLessThan(500);
  expect(Math.abs(time.skewMs - ms)).toBeLessThan(500);
  expect(onChange).toHaveBeenCalledExactlyOnceWith(time.skewMs, true);
  expect(Number.isInteger(Date.now())).toBe(true);
});

it("a clock that is right is left alone", async () => {
  shiftClock(0);
  const onChange = vi.fn();
  time = await followRedisTime(server.redis, { onChange });
  const machine = Date.now();
  expect(Math.abs(machine - machineNow())).toBeLessThan(50);
  expect(onChange).not.toHaveBeenCalled();
});

it("the machine's clock is set right: the correction ends with the next connection at the latest", async () => {
  let wrongBy = 20_000;
  Date.now = () => machineNow() + wrongBy;
  const onChange = vi.fn();
  time = await followRedisTime(server.redis, { onChange });
  wrongBy = 0;
  server.redis.emit("ready");
  await expect.poll(() => onChange.mock.calls.length).toBe(2);
  expect(onChange).toHaveBeenLastCalledWith(time.skewMs, false);
  expect(Math.abs(Date.now() - machineNow())).toBeLessThan(50);
});

it("a Redis that does not tell its time leaves the clock as it is", async () => {
  shiftClock(15_000);
  const mute = { time: () => Promise.reject(new Error("NOPERM")), on: () => {}, off: () => {} };
  time = await followRedisTime(mute as never, { onChange: () => {} });
  expect(time.skewMs).toBe(0);
});

it("the quickest of the round trips counts", async () => {
  const delays = [60, 1, 60];
  const redis = {
    time: async () => {
      await new Promise((resolve) => setTimeout(resolve, delays.shift()));
      return [1_000, 0];
    },
  };
  const skew = await measureSkew(redis as never, () => 1_000_000);
  expect(skew).toBeGreaterThanOrEqual(0);
  expect(skew).toBeLessThan(25);
});
