import { describe, expect, it } from "vitest";
import { computeRetryDelay, parseRetryAfter } from "./retry-schedule.js";

const schedule = [0, 5_000, 60_000, 300_000];

describe("computeRetryDelay", () => {
  it("waits for a random part of the wait before the next attempt", () => {
    expect(computeRetryDelay(schedule, 1, 0, { status: 500 }, () => 0)).toBe(0);
    expect(computeRetryDelay(schedule, 1, 0, { status: 500 }, () => 0.999)).toBe(4_995);
    expect(computeRetryDelay(schedule, 2, 3_000, { status: 500 }, () => 0.5)).toBe(30_000);
  });

  it("delays the last attempt until the end of the whole schedule", () => {
    expect(computeRetryDelay(schedule, 3, 15_000, { status: 500 }, () => 0)).toBe(350_000);
    expect(computeRetryDelay(schedule, 3, 999_000, { status: 500 }, () => 0)).toBe(0);
  });

  it("stops after the last attempt and after 410", () => {
    expect(computeRetryDelay(schedule, 4, 0, { status: 500 })).toBeUndefined();
    expect(computeRetryDelay(schedule, 1, 0, { status: 410 })).toBeUndefined();
  });

  it("waits as long as Retry-After says, up to the longest wait", () => {
    expect(computeRetryDelay(schedule, 1, 0, { status: 503, retryAfterMs: 90_000 }, () => 0)).toBe(90_000);
    expect(computeRetryDelay(schedule, 1, 0, { status: 503, retryAfterMs: 9e9 }, () => 0)).toBe(300_000);
  });

  it("waits for at least a minute after 429 or a timeout", () => {
    expect(computeRetryDelay(schedule, 1, 0, { status: 429 }, () => 0)).toBe(60_000);
    expect(computeRetryDelay(schedule, 1, 0, { timedOut: true }, () => 0)).toBe(60_000);
  });
});

it("parseRetryAfter accepts seconds and dates", () => {
  expect(parseRetryAfter("120")).toBe(120_000);
  expect(parseRetryAfter("Wed, 21 Oct 2015 07:28:00 GMT", Date.parse("2015-10-21T07:27:00Z"))).toBe(60_000);
  expect(parseRetryAfter("Wed, 21 Oct 2015 07:28:00 GMT")).toBe(0);
  expect(parseRetryAfter("soon")).toBeUndefined();
  expect(parseRetryAfter(undefined)).toBeUndefined();
});
