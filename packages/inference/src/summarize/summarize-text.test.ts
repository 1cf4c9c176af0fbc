import type { JobProgress } from "@precis/contracts";
import type { GenerationSettings } from "@precis/models";
import { describe, expect, it } from "vitest";
import type { GenerateHooks } from "../scheduler/create-batcher.js";
import { neutralSettings } from "../search/settings.js";
import { createWordTokenizer } from "../testing/word-tokenizer.js";
import { type SummarizeInput, type Summarizer, summarizeText } from "./summarize-text.js";

const settings: GenerationSettings = { ...neutralSettings, max_length: 23, min_length: 4 };

/** "Summarizes" by keeping a chunk's first words, as many as it may. */
function firstWordsModel(overrides: Partial<Summarizer> = {}) {
  const asked: { words: number; lengths: GenerationSettings }[] = [];
  let running = 0;
  let mostRunning = 0;
  const tokenizer = createWordTokenizer();
  const model: Summarizer = {
    name: "bart",
    settings,
    contextLength: 102,
    maxOutputTokens: 60,
    tokenizer,
    maxChunksAtOnce: 4,
    generate: async (ids: readonly number[], lengths: GenerationSettings, hooks?: GenerateHooks) => {
      asked.push({ words: ids.length - 2, lengths });
      running += 1;
      mostRunning = Math.max(mostRunning, running);
      await Promise.resolve();
      hooks?.signal?.throwIfAborted();
      const written = ids.slice(1, -1).slice(0, lengths.max_length - 3);
      for (const [index] of written.entries()) hooks?.onToken?.(written.slice(0, index + 1));
      running -= 1;
      return written;
    },
    ...overrides,
  };
  return { model, asked, mostRunning: () => mostRunning };
}

const sentences = (count: number) =>
  Array.from({ length: count }, (_, n) => `This is sentence number n${n}.`).join(" ");
const summarize = (input: SummarizeInput, model: Summarizer) => summarizeText(input, {}, model);

describe("a text that fits the model", () => {
  it("is summarized in one go", async () => {
    const { model, asked } = firstWordsModel();
    const result = await summarize({ text: sentences(10) }, model);
    expect(result).toMatchObject({ chunks: 1, input_tokens: 50, output_tokens: 20, truncated: false });
    expect(asked).toHaveLength(1);
  });
});

describe("a text longer than the model's context", () => {
  it("of a megabyte is summarized in rounds until it fits, every chunk of it told", async () => {
    const text = sentences(33_000);
    expect(text.length).toBeGreaterThan(900_000);
    const { model, asked, mostRunning } = firstWordsModel();
    const seen: JobProgress[] = [];
    const result = await summarizeText({ text }, { onProgress: (progress) => seen.push(progress) }, model);
    expect(result.input_tokens).toBe(33_000 * 5);
    expect(result.chunks).toBe(1_650);
    expect(result.output_tokens).toBeLessThanOrEqual(20);
    expect(asked.every(({ words }) => words <= 100)).toBe(true);
    expect(mostRunning()).toBe(4);
    expect(seen.at(-1)?.chunks_done).toBe(seen.at(-1)?.chunks_total);
    expect(seen.at(-1)?.chunks_total).toBe(asked.length);
  });

  it("ends with a model that writes as much as it may", async () => {
    const text = Array.from({ length: 500 }, (_, n) => `word${n}`).join(" ");
    expect((await summarize({ text, maxLength: 1, minLength: 0 }, firstWordsModel().model)).output_tokens).toBe(1);
  });

  it("has a summary as long as asked for", async () => {
    const { output_tokens } = await summarize(
      { text: sentences(400), maxLength: 50, minLength: 40 },
      firstWordsModel().model,
    );
    expect(output_tokens).toBeGreaterThanOrEqual(40);
    expect(output_tokens).toBeLessThanOrEqual(50);
  });
});

describe("a text with nothing to shorten", () => {
  it("without a visible character is refused", async () => {
    await expect(summarize({ text: "\u0000 \n" }, firstWordsModel().model)).rejects.toMatchObject({
      code: "text_empty",
    });
  });

  it.each(["Only  three words", "Word"])("comes back as it is: %s", async (text) => {
    const result = await summarize({ text }, firstWordsModel().model);
    expect(result).toMatchObject({ summary: text.replace("  ", " "), notice: "text_shorter_than_summary" });
  });

  it("shorter than the wanted min_length comes back as it is", async () => {
    const result = await summarize({ text: sentences(3), minLength: 30 }, firstWordsModel().model);
    expect(result).toMatchObject({ summary: sentences(3), output_tokens: 15 });
  });
});

it("gives the beginning of a text that a model writes nothing about", async () => {
  const { model } = firstWordsModel({ generate: async () => [] });
  const result = await summarize({ text: sentences(60) }, model);
  expect(result.summary).toBe(
    "This is sentence number n0. This is sentence number n1. This is sentence number n2. This is sentence number n3.",
  );
});

it("tells the summary as it is written, and only the summary", async () => {
  const parts: string[] = [];
  const { model } = firstWordsModel();
  const result = await summarizeText({ text: sentences(100) }, { onPartial: (text) => parts.push(text) }, model);
  expect(parts.at(-1)).toBe(result.summary);
  for (const [index, part] of parts.slice(1).entries()) expect(part.startsWith(parts[index] as string)).toBe(true);
});

it("ends as cancelled when its signal is aborted between chunks, and starts no further chunk", async () => {
  const abort = new AbortController();
  const { model, asked } = firstWordsModel();
  const onProgress = ({ chunks_done }: JobProgress) => {
    if (chunks_done > 3) abort.abort();
  };
  const running = summarizeText({ text: sentences(4_000) }, { signal: abort.signal, onProgress }, model);
  await expect(running).rejects.toMatchObject({ code: "cancelled" });
  expect(asked.length).toBeLessThan(20);
});
