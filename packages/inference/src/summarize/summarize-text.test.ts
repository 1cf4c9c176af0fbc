import type { JobProgress } from "@precis/contracts";
import type { GenerationSettings } from "@precis/models";
import { describe, expect, it } from "vitest";
import type { GenerateHooks } from "../scheduler/create-batcher.js";
import { neutralSettings } from "../search/settings.js";
import { createWordTokenizer } from "../testing/word-tokenizer.js";
import { type SummarizeInput, type Summarizer, summarizeText } from "./summarize-text.js";

const settings: GenerationSettings = { ...neutralSettings, max_length: 23, min_length: 4 };

/** "Summarizes" a chunk by its first words, as many as are allowed. */
function firstWordsModel(overrides: Partial<Summarizer> = {}) {
  const calls: { words: number; lengths: GenerationSettings }[] = [];
  let running = 0;
  let maxRunning = 0;
  const tokenizer = createWordTokenizer();
  const model: Summarizer = {
    name: "bart",
    settings,
    contextLength: 102,
    maxOutputTokens: 60,
    tokenizer,
    maxConcurrentChunks: 4,
    generate: async (ids: readonly number[], lengths: GenerationSettings, hooks?: GenerateHooks) => {
      calls.push({ words: ids.length - 2, lengths });
      running += 1;
      maxRunning = Math.max(maxRunning, running);
      await Promise.resolve();
      hooks?.signal?.throwIfAborted();
      const written = ids.slice(1, -1).slice(0, lengths.max_length - 3);
      for (const [index] of written.entries()) hooks?.onToken?.(written.slice(0, index + 1));
      running -= 1;
      return written;
    },
    ...overrides,
  };
  return { model, calls, maxRunning: () => maxRunning };
}

const sentences = (count: number) =>
  Array.from({ length: count }, (_, n) => `This is sentence number n${n}.`).join(" ");
const summarize = (input: SummarizeInput, model: Summarizer) => summarizeText(input, {}, model);

describe("a text that fits the model", () => {
  it("is summarized in one generation", async () => {
    const { model, calls } = firstWordsModel();
    const result = await summarize({ text: sentences(10) }, model);
    expect(result).toMatchObject({ chunks: 1, input_tokens: 50, output_tokens: 20, truncated: false });
    expect(calls).toHaveLength(1);
  });
});

describe("a text longer than the model's context", () => {
  it("is summarized in rounds until it fits, and reports every chunk", async () => {
    const text = sentences(33_000);
    expect(text.length).toBeGreaterThan(900_000);
    const { model, calls, maxRunning } = firstWordsModel();
    const seen: JobProgress[] = [];
    const result = await summarizeText({ text }, { onProgress: (progress) => seen.push(progress) }, model);
    expect(result.input_tokens).toBe(33_000 * 5);
    expect(result.chunks).toBe(1_650);
    expect(result.output_tokens).toBeLessThanOrEqual(20);
    expect(calls.every(({ words }) => words <= 100)).toBe(true);
    expect(maxRunning()).toBe(4);
    expect(seen.at(-1)?.chunks_done).toBe(seen.at(-1)?.chunks_total);
    expect(seen.at(-1)?.chunks_total).toBe(calls.length);
  });

  it("is finished with a model that writes as much as allowed", async () => {
    const text = Array.from({ length: 500 }, (_, n) => `word${n}`).join(" ");
    expect((await summarize({ text, maxLength: 1, minLength: 0 }, firstWordsModel().model)).output_tokens).toBe(1);
  });

  it("has a summary of the requested length", async () => {
    const { output_tokens } = await summarize(
      { text: sentences(400), maxLength: 50, minLength: 40 },
      firstWordsModel().model,
    );
    expect(output_tokens).toBeGreaterThanOrEqual(40);
    expect(output_tokens).toBeLessThanOrEqual(50);
  });
});

describe("a text with nothing to shorten", () => {
  it("is rejected without a visible character", async () => {
    await expect(summarize({ text: "\u0000 \n" }, firstWordsModel().model)).rejects.toMatchObject({
      code: "text_empty",
    });
  });

  it.each(["Only  three words", "Word"])("is returned unchanged: %s", async (text) => {
    const result = await summarize({ text }, firstWordsModel().model);
    expect(result).toMatchObject({ summary: text.replace("  ", " "), notice: "text_shorter_than_summary" });
  });

  it("is returned unchanged if it is shorter than min_length", async () => {
    const result = await summarize({ text: sentences(3), minLength: 30 }, firstWordsModel().model);
    expect(result).toMatchObject({ summary: sentences(3), output_tokens: 15 });
  });
});

it("returns the beginning of a text that the model writes nothing about", async () => {
  const { model } = firstWordsModel({ generate: async () => [] });
  const result = await summarize({ text: sentences(60) }, model);
  expect(result.summary).toBe(
    "This is sentence number n0. This is sentence number n1. This is sentence number n2. This is sentence number n3.",
  );
});

it("reports the summary so far, and only the summary", async () => {
  const parts: string[] = [];
  const { model } = firstWordsModel();
  const result = await summarizeText({ text: sentences(100) }, { onPartial: (text) => parts.push(text) }, model);
  expect(parts.at(-1)).toBe(result.summary);
  for (const [index, part] of parts.slice(1).entries()) expect(part.startsWith(parts[index] as string)).toBe(true);
});

it("rejects with cancelled when its signal is aborted between chunks, and starts no further chunk", async () => {
  const abort = new AbortController();
  const { model, calls } = firstWordsModel();
  const onProgress = ({ chunks_done }: JobProgress) => {
    if (chunks_done > 3) abort.abort();
  };
  const running = summarizeText({ text: sentences(4_000) }, { signal: abort.signal, onProgress }, model);
  await expect(running).rejects.toMatchObject({ code: "cancelled" });
  expect(calls.length).toBeLessThan(20);
});
