import { expect, it } from "vitest";
import { splitText } from "./split-text.js";

const countWords = (text: string) => text.trim().split(/\s+/).filter(Boolean).length;
const pause = async () => {};

it("keeps every word, in order, in chunks that are not too long", async () => {
  const text = Array.from({ length: 200 }, (_, n) => `Sentence number ${n} says something.`).join(" ");
  const chunks = await splitText(text, 50, countWords, pause);
  expect(chunks.map((chunk) => chunk.text).join("")).toBe(text);
  expect(Math.max(...chunks.map((chunk) => chunk.tokens))).toBeLessThanOrEqual(50);
});

it("splits a sentence without spaces between graphemes", async () => {
  const text = "👩‍👩‍👧".repeat(100);
  const chunks = await splitText(text, 30, (part) => [...part].length, pause);
  expect(chunks.map((chunk) => chunk.text).join("")).toBe(text);
  expect(chunks.every((chunk) => chunk.tokens <= 30)).toBe(true);
  expect(chunks.every((chunk) => chunk.text.startsWith("👩"))).toBe(true);
});
