import { expect, it } from "vitest";
import { TokenRate } from "./token-rate.js";

it("counts tokens per second over the last ten seconds, and 0 once they have passed", () => {
  let time = 0;
  const rate = new TokenRate(10_000, () => time);
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
