import { expect, it } from "vitest";
import { findSentences } from "./find-sentences.js";

const sentences = (text: string) => [...findSentences(text)];

it("ends a sentence at a period and at a blank line, not at a line end", () => {
  expect(sentences("One is\nwrapped. Two.\n\nA heading\n \nThree?")).toEqual([
    "One is wrapped.",
    "Two.",
    "A heading",
    "Three?",
  ]);
});

it("finds the same sentences in a text much longer than a window", () => {
  const text = Array.from({ length: 3_000 }, (_, n) => `Sentence number ${n} is not long.`);
  expect(sentences(text.join(" "))).toEqual(text);
});

it("cuts a text without spaces and periods, but not inside a surrogate pair", () => {
  const text = `x${"😀".repeat(10_000)}`;
  const pieces = sentences(text);
  expect(pieces.length).toBeGreaterThan(1);
  expect(pieces.join("")).toBe(text);
  expect(pieces.every((piece) => piece.isWellFormed())).toBe(true);
});

it("finds no sentence in a text of spaces", () => {
  expect(sentences(" \n\n \n")).toEqual([]);
});
