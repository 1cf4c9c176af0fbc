import { expect, it } from "vitest";
import { neutralSettings } from "../search/settings.js";
import { planLengths } from "./plan-lengths.js";

const settings = { ...neutralSettings, max_length: 110, min_length: 8, no_repeat_ngram_size: 4 };
/** Start, begin and end token, as BART has them. */
const around = 3;
const plan = (request: { maxLength?: number; minLength?: number }) => planLengths(request, settings, around, 512);

it("takes the model's own lengths when none are asked for", () => {
  expect(plan({})).toMatchObject({ most: 107, least: 8, last: { max_length: 110, min_length: 8 } });
});

it("counts max_length with the special tokens, as generate does, and min_length without", () => {
  expect(plan({ maxLength: 60, minLength: 20 })).toMatchObject({
    most: 60,
    least: 20,
    last: { max_length: 60, min_length: 22 },
  });
});

it("lets a default least length give way to a small max_length", () => {
  expect(plan({ maxLength: 5 })).toMatchObject({ most: 5, least: 5, last: { max_length: 5, min_length: 4 } });
});

it("always leaves room for one token", () => {
  expect(plan({ maxLength: 1 }).last.max_length).toBe(4);
});

it("raises the default max_length for a greater min_length", () => {
  const { last } = plan({ minLength: 120 });
  expect(last.min_length).toBe(122);
  expect(last.max_length).toBeGreaterThan(122);
});

it("never asks for more than the decoder has positions", () => {
  expect(plan({ maxLength: 1_024, minLength: 1_000 }).last).toEqual({ max_length: 512, min_length: 511 });
});

it("shares a min_length among the parts and lets none exceed half of what it reads", () => {
  const part = plan({ minLength: 120 }).part(240, 4, 1);
  expect(part.min_length).toBe(30 + 2);
  expect(part.max_length).toBeLessThanOrEqual(120 + around);
  expect(plan({}).part(10, 1, 1).max_length).toBe(5 + around);
});
