import { expect, it } from "vitest";
import { createRate } from "./rate.js";

it("tells events per second of the last ten seconds, and 0 once they are over", () => {
  let time = 0;
  const rate = createRate(10_000, () => time);
  expect(rate.perSecond()).toBe(0);
  for (; time < 5_000; time += 50) rate.add(2);
  expect(rate.perSecond()).toBe(40);
  for (; time < 60_000; time += 50) rate.add(2);
  expect(rate.perSecond()).toBeCloseTo(40, 0);
  time += 5_000;
  expect(rate.perSecond()).toBeCloseTo(20, 0);
  time += 6_000;
  expect(rate.perSecond()).toBe(0);
});
