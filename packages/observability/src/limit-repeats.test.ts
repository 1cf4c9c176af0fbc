import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { describeError } from "./describe-error.js";
import { limitRepeats } from "./limit-repeats.js";

const log = { warn: vi.fn(), error: vi.fn() };

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.clearAllMocks();
});

/** An error as ioredis 6 makes them. */
function redisError(message: string): Error {
  const args = ["local secret = 1 return redis.call('SET')", "The text of a job"];
  return Object.assign(new Error(message), { command: { name: "eval", args }, previousErrors: [new Error(args[1])] });
}

it("a thousand errors of one kind are one line, and one more with their count", () => {
  const repeats = limitRepeats(log, 10_000);
  for (let index = 0; index < 1_000; index += 1) {
    repeats.failed("queue", redisError(`READONLY You can't write, script: f${index}a1`));
  }
  expect(log.warn).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(10_000);
  expect(log.warn).toHaveBeenCalledTimes(2);
  expect(log.warn).toHaveBeenLastCalledWith(expect.objectContaining({ suppressed: 998 }), "queue");
  vi.advanceTimersByTime(60_000);
  expect(log.warn).toHaveBeenCalledTimes(2);
  repeats.failed("queue", redisError("READONLY You can't write, script: f1a1"));
  expect(log.warn).toHaveBeenCalledTimes(3);
});

it("errors of different kinds do not hide each other", () => {
  const repeats = limitRepeats(log);
  repeats.failed("queue", new Error("READONLY You can't write"));
  repeats.failed("queue", new Error("Connection is closed."));
  repeats.failed("telemetry", new Error("Connection is closed."), "error");
  expect(log.warn).toHaveBeenCalledTimes(2);
  expect(log.error).toHaveBeenCalledTimes(1);
});

it("what is logged of an error is bounded and holds neither scripts nor arguments", () => {
  const cause = redisError("ERR unknown command 'nope', with args beginning with: 'The text of a job' ");
  const error = Object.assign(redisError("x".repeat(10_000)), { code: "ECONNRESET", cause });
  const described = describeError(error);
  const text = JSON.stringify(described);
  expect(text.length).toBeLessThan(4_000);
  expect(text).not.toMatch(/text of a job|redis\.call/);
  expect(described).toMatchObject({ code: "ECONNRESET", cause: { message: "ERR unknown command 'nope'" } });
});

it("causes that go round in a circle end", () => {
  const error = new Error("one");
  error.cause = error;
  expect(JSON.stringify(describeError(error)).length).toBeLessThan(10_000);
});
