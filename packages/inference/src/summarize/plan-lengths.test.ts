import { expect, it } from "vitest";
import { neutralSettings } from "../search/settings.js";
import { planLengths } from "./plan-lengths.js";

const settings = { ...neutralSettings, max_length: 110, min_length: 8, no_repeat_ngram_size: 4 };
/** Start, begin and end token, as in BART. */
const specialTokens = 3;
const plan = (request: { maxLength?: number; minLength?: number }) =>
  planLengths(request, settings, specialTokens, 512);

it("uses the model's own lengths when the request has none", () => {
  expect(plan({})).toMatchObject({ maxTokens: 107, minTokens: 8, final: { max_length: 110, min_length: 8 } });
});

it("counts max_length with the special tokens, as generate does, and min_length without", () => {
  expect(plan({ maxLength: 60, minLength: 20 })).toMatchObject({
    maxTokens: 60,
    minTokens: 20,
    final: { max_length: 60, min_length: 22 },
  });
});

it("lowers a default minimum for a small max_length", () => {
  expect(plan({ maxLength: 5 })).toMatchObject({ maxTokens: 5, minTokens: 5, final: { max_length: 5, min_length: 4 } });
});

it("always leaves room for one token", () => {
  expect(plan({ maxLength: 1 }).final.max_length).toBe(4);
});

it("raises the default max_length for a greater min_length", () => {
  const { final } = plan({ minLength: 120 });
  expect(final.min_length).toBe(122);
  expect(final.max_length).toBeGreaterThan(122);
});

it("never exceeds the number of positions of the decoder", () => {
  expect(plan({ maxLength: 1_024, minLength: 1_000 }).final).toEqual({ max_length: 512, min_length: 511 });
});

it("divides min_length among the parts and lets none exceed half of its text", () => {
  const part = plan({ minLength: 120 }).part(240, 4, 1);
  expect(part.min_length).toBe(30 + 2);
  expect(part.max_length).toBeLessThanOrEqual(120 + specialTokens);
  expect(plan({}).part(10, 1, 1).max_length).toBe(5 + specialTokens);
});
