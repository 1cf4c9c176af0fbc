import { type CountTokens, cutSentence, type Unit } from "./cut-sentence.js";
import { findSentences } from "./find-sentences.js";
import { createYieldToEventLoop } from "./yield-to-event-loop.js";

export interface Chunk {
  text: string;
  tokens: number;
}

export interface SplitText {
  chunks: Chunk[];
  /** The number of tokens of the whole text, without special tokens. */
  tokens: number;
}

/**
 * Splits a text at sentence ends into chunks of at most `maxTokens` tokens; nothing is left out. The chunks are about equally
 * long, since the summary of a short last chunk would be as long as that of a full one.
 *
 * @throws the reason of `signal` when it is aborted
 */
export async function splitText(
  text: string,
  maxTokens: number,
  count: CountTokens,
  signal?: AbortSignal,
): Promise<SplitText> {
  const single = asSingleChunk(text, maxTokens, count);
  if (single !== undefined) return { chunks: [single], tokens: single.tokens };
  const yieldToEventLoop = createYieldToEventLoop();
  const units: Unit[] = [];
  for (const sentences of joinShort(findSentences(text), maxTokens)) {
    for (const unit of cutSentence(sentences, maxTokens, count)) {
      units.push(unit);
      signal?.throwIfAborted();
      await yieldToEventLoop();
    }
  }
  const chunks: Chunk[] = [];
  for (const group of balance(units, maxTokens)) {
    chunks.push(...joinUnits(group, maxTokens, count));
    signal?.throwIfAborted();
    await yieldToEventLoop();
  }
  return { chunks, tokens: chunks.reduce((sum, chunk) => sum + chunk.tokens, 0) };
}

/** Tokens of most texts have fewer letters, so a longer text does not fit and is not counted as a whole. */
const usualLettersPerToken = 8;

/** A text that fits is counted once. The chunk is the same as that of its sentences. */
function asSingleChunk(text: string, maxTokens: number, count: CountTokens): Chunk | undefined {
  if (text.length > maxTokens * usualLettersPerToken) return undefined;
  const joined = [...findSentences(text)].join(" ");
  const tokens = count(joined);
  return tokens <= maxTokens ? { text: joined, tokens } : undefined;
}

/** Joins very short sentences with their neighbors: counting hundreds of thousands of one-letter lines takes a minute. */
function* joinShort(sentences: Iterable<string>, maxTokens: number): Generator<string> {
  let joined = "";
  for (const sentence of sentences) {
    if (joined !== "" && joined.length + sentence.length > maxTokens / 2) {
      yield joined;
      joined = "";
    }
    joined += joined === "" ? sentence : ` ${sentence}`;
  }
  if (joined !== "") yield joined;
}

/** Groups neighboring units so that no group exceeds `maxTokens` and all are close to the mean of the remaining tokens. */
function* balance(units: readonly Unit[], maxTokens: number): Generator<Unit[]> {
  let remaining = units.reduce((sum, unit) => sum + unit.tokens, 0);
  let group: Unit[] = [];
  let tokens = 0;
  let target = remaining / Math.ceil(remaining / maxTokens);
  for (const unit of units) {
    const isPastTarget = tokens + unit.tokens / 2 > target;
    if (group.length > 0 && (tokens + unit.tokens > maxTokens || isPastTarget)) {
      yield group;
      remaining -= tokens;
      group = [];
      tokens = 0;
      target = remaining / Math.ceil(remaining / maxTokens);
    }
    group.push(unit);
    tokens += unit.tokens;
  }
  if (group.length > 0) yield group;
}

/** Counts the tokens of a joined chunk, since tokens across boundaries may change the sum and `maxTokens` is a hard limit. */
function joinUnits(group: readonly Unit[], maxTokens: number, count: CountTokens): Chunk[] {
  const text = group.map((unit, index) => (index === 0 ? unit.text : unit.glue + unit.text)).join("");
  const tokens = count(text);
  if (tokens <= maxTokens || group.length === 1) return [{ text, tokens }];
  const middle = group.length >> 1;
  return [...joinUnits(group.slice(0, middle), maxTokens, count), ...joinUnits(group.slice(middle), maxTokens, count)];
}
