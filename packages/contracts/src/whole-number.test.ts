import { expect, it } from "vitest";
import { describeInput, wholeNumber } from "./whole-number.js";

it.each([0, 9_000, 1.5, "3", null, Number.NaN])("%j is rejected with what is allowed", (given) => {
  const message = wholeNumber(1, 512, " of tokens").safeParse(given).error?.issues[0]?.message;
  expect(message).toBe(`must be a whole number of tokens from 1 to 512 (got ${describeInput(given)})`);
});

it("what was given is repeated in a bounded number of characters", () => {
  expect(describeInput("x".repeat(1e6)).length).toBeLessThan(50);
  let deep: unknown = [];
  for (let depth = 0; depth < 1e5; depth += 1) deep = [deep];
  expect(describeInput(deep)).toBe("an array");
});
