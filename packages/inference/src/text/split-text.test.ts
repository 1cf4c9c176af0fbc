import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { splitText } from "./split-text.js";

const words = (text: string) => text.split(/\s+/).filter(Boolean);
const countWords = (text: string) => words(text).length;
const countPoints = (text: string) => [...text].length;
const prose = (sentences: number) =>
  Array.from({ length: sentences }, (_, n) => `Sentence number ${n} says something.`).join(" ");

describe("a long text", () => {
  it("keeps every word in order, in chunks of whole sentences within the limit", async () => {
    const text = prose(200);
    const { chunks, tokens } = await splitText(text, 52, countWords);
    expect(chunks.map((chunk) => chunk.text).join(" ")).toBe(text);
    expect(Math.max(...chunks.map((chunk) => chunk.tokens))).toBeLessThanOrEqual(52);
    expect(chunks.every((chunk) => chunk.text.endsWith("something."))).toBe(true);
    expect(tokens).toBe(1_000);
  });

  it("has no short chunk at the end", async () => {
    const { chunks } = await splitText(prose(21), 100, countWords);
    expect(chunks.map((chunk) => chunk.tokens)).toEqual([55, 50]);
  });

  it("that fits is one chunk", async () => {
    const { chunks } = await splitText("One.  Two\nwords.\n\nThree.", 10, countWords);
    expect(chunks).toEqual([{ text: "One. Two words. Three.", tokens: 4 }]);
  });
});

describe("a sentence longer than a chunk", () => {
  it("is cut between words", async () => {
    const text = Array.from({ length: 100 }, (_, n) => `word${n}`).join(" ");
    const { chunks } = await splitText(text, 30, countWords);
    expect(chunks.map((chunk) => chunk.text).join(" ")).toBe(text);
    expect(chunks.every((chunk) => chunk.tokens <= 30)).toBe(true);
  });

  it("without spaces is cut between graphemes", async () => {
    const text = "👩‍👩‍👧".repeat(100);
    const { chunks } = await splitText(text, 30, countPoints);
    expect(chunks.map((chunk) => chunk.text).join("")).toBe(text);
    expect(chunks.every((chunk) => chunk.tokens <= 30 && chunk.text.startsWith("👩"))).toBe(true);
  });

  it("of one grapheme is cut between code points", async () => {
    const text = `e${"\u0301".repeat(200)}`;
    const { chunks } = await splitText(text, 30, countPoints);
    expect(chunks.map((chunk) => chunk.text).join("")).toBe(text);
    expect(chunks.every((chunk) => chunk.tokens <= 30)).toBe(true);
  });
});

it("has no chunk over the limit, even if joining its sentences adds tokens", async () => {
  // A tokenizer that counts more tokens for the whole than for its parts.
  const growing = (text: string) => words(text).length + Math.max(0, text.length - 40);
  const { chunks } = await splitText(prose(40), 12, growing);
  expect(chunks.every((chunk) => chunk.tokens <= 12)).toBe(true);
});

it("yields to the event loop while it splits a megabyte, and stops when it is aborted", async () => {
  const text = prose(28_000);
  expect(text.length).toBeGreaterThan(1_000_000);
  let turns = 0;
  let counting = true;
  void (async () => {
    while (counting) {
      await nextTurn();
      turns += 1;
    }
  })();
  const { chunks } = await splitText(text, 200, countWords);
  counting = false;
  expect(chunks.every((chunk) => chunk.tokens <= 200)).toBe(true);
  expect(chunks.length).toBeLessThan(750);
  expect(turns).toBeGreaterThan(5);

  const abort = new AbortController();
  const stopped = splitText(text, 200, countWords, abort.signal);
  abort.abort(new Error("enough"));
  await expect(stopped).rejects.toThrow("enough");
});
