import { describe, expect, it } from "vitest";
import { readRetryAfter, retryDelay } from "./retry-schedule.js";

const schedule = [0, 5_000, 60_000, 300_000];

describe("retryDelay", () => {
  it("takes a random part of the wait before the attempt that follows", () => {
    expect(retryDelay(schedule, 1, 0, { status: 500 }, () => 0)).toBe(0);
    expect(retryDelay(schedule, 1, 0, { status: 500 }, () => 0.999)).toBe(4_995);
    expect(retryDelay(schedule, 2, 3_000, { status: 500 }, () => 0.5)).toBe(30_000);
  });

  it("holds the last attempt until the whole schedule is over", () => {
    expect(retryDelay(schedule, 3, 15_000, { status: 500 }, () => 0)).toBe(350_000);
    expect(retryDelay(schedule, 3, 999_000, { status: 500 }, () => 0)).toBe(0);
  });

  it("ends after the last attempt and after 410", () => {
    expect(retryDelay(schedule, 4, 0, { status: 500 })).toBeUndefined();
    expect(retryDelay(schedule, 1, 0, { status: 410 })).toBeUndefined();
  });

  it("waits as long as it is asked to, up to the longest wait", () => {
    expect(retryDelay(schedule, 1, 0, { status: 503, retryAfterMs: 90_000 }, () => 0)).toBe(90_000);
    expect(retryDelay(schedule, 1, 0, { status: 503, retryAfterMs: 9e9 }, () => 0)).toBe(300_000);
  });

  it("leaves a receiver alone for a minute after 429 or a timeout", () => {
    expect(retryDelay(schedule, 1, 0, { status: 429 }, () => 0)).toBe(60_000);
    expect(retryDelay(schedule, 1, 0, { timedOut: true }, () => 0)).toBe(60_000);
  });
});

it("readRetryAfter reads seconds and dates", () => {
  expect(readRetryAfter("120")).toBe(120_000);
  expect(readRetryAfter("Wed, 21 Oct 2015 07:28:00 GMT", Date.parse("2015-10-21T07:27:00Z"))).toBe(60_000);
  expect(readRetryAfter("Wed, 21 Oct 2015 07:28:00 GMT")).toBe(0);
  expect(readRetryAfter("soon")).toBeUndefined();
  expect(readRetryAfter(undefined)).toBeUndefined();
});
