import { expect, it } from "vitest";
import { type Summarizer, summarizeText } from "./summarize-text.js";

const wordsOf = (text: string) => text.split(/\s+/).filter(Boolean);

/** Counts words as tokens and "summarizes" by keeping the first words of a chunk. */
const firstWords: Summarizer = {
  model: {
    name: "bart",
    generation: { max_length: 20, min_length: 4, no_repeat_ngram_size: 4 },
    max_output_tokens: 50,
  },
  chunkTokens: 100,
  countTokens: (text) => wordsOf(text).length,
  generate: async (text, most) => wordsOf(text).slice(0, most).join(" "),
};

it("summarizes a megabyte in rounds until it fits, and tells of every chunk", async () => {
  const text = Array.from({ length: 25_000 }, (_, n) => `This is the sentence with number ${n}.`).join(" ");
  expect(text.length).toBeGreaterThan(900_000);
  let last = { chunks_done: 0, chunks_total: 1 };
  const result = await summarizeText({ text }, { onProgress: (progress) => (last = progress) }, firstWords);
  expect(result.output_tokens).toBeLessThanOrEqual(20);
  expect(result.input_tokens).toBe(wordsOf(text).length);
  expect(result.chunks).toBeGreaterThan(1_700);
  expect(last.chunks_done).toBe(last.chunks_total);
});

it("comes to an end with a model that never shortens anything", async () => {
  const stubborn: Summarizer = {
    ...firstWords,
    generate: async (text, most) => wordsOf(text).slice(0, most).join(" "),
  };
  const text = Array.from({ length: 500 }, (_, n) => `word${n}`).join(" ");
  const result = await summarizeText({ text, maxLength: 1, minLength: 0 }, {}, stubborn);
  expect(result.output_tokens).toBe(1);
});

it("refuses a text without a visible character", async () => {
  await expect(summarizeText({ text: "\u0000 \n" }, {}, firstWords)).rejects.toMatchObject({ code: "text_empty" });
});

it("gives a text that is no longer than the shortest summary back as it is", async () => {
  const result = await summarizeText({ text: "Only  three words" }, {}, firstWords);
  expect(result).toMatchObject({ summary: "Only three words", notice: "text_shorter_than_summary" });
});
