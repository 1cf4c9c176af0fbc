import type { GenerationSettings } from "@precis/models";
import { expect, it } from "vitest";
import { processScores } from "./process-scores.js";
import { neutralSettings } from "./settings.js";

const end = 1;
const neutral: GenerationSettings = { ...neutralSettings, max_length: 10 };
const process = (ids: number[], changes: Partial<GenerationSettings>, scores = [1, 2, 3, -4, 5]) => {
  const row = Float32Array.from(scores);
  processScores(row, ids, { ...neutral, ...changes }, { start: 0, end: [end] });
  return [...row];
};
const banned = Number.NEGATIVE_INFINITY;

it("changes nothing with neutral settings", () => {
  expect(process([0, 2, 2, 2], {})).toEqual([1, 2, 3, -4, 5]);
});

it("makes repeated tokens less likely, whatever the sign of their score", () => {
  expect(process([0, 3, 4, 4], { repetition_penalty: 2 })).toEqual([0.5, 2, 3, -8, 2.5]);
});

it("bans tokens that would repeat an n-gram", () => {
  expect(process([0, 2, 3, 4, 2, 3], { no_repeat_ngram_size: 3 })).toEqual([1, 2, 3, -4, banned]);
  expect(process([0, 2, 3, 4, 2], { no_repeat_ngram_size: 3 })).toEqual([1, 2, 3, -4, 5]);
  expect(process([0, 2], { no_repeat_ngram_size: 1 })).toEqual([banned, 2, banned, -4, 5]);
});

it("does not let a sequence end before its minimum length", () => {
  expect(process([0, 2], { min_length: 3 })[end]).toBe(banned);
  expect(process([0, 2, 2], { min_length: 3 })[end]).toBe(2);
});

it("forces the first and the last token", () => {
  expect(process([0], { forced_bos_token_id: 3 })).toEqual([banned, banned, banned, 0, banned]);
  expect(process(Array(9).fill(2), { forced_eos_token_id: end })).toEqual([banned, 0, banned, banned, banned]);
  expect(process(Array(8).fill(2), { forced_eos_token_id: end })).toEqual([1, 2, 3, -4, 5]);
});
