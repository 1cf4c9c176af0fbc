import { type CountTokens, cutSentence, type Unit } from "./cut-sentence.js";
import { findSentences } from "./find-sentences.js";
import { createBreather } from "./yield-to-event-loop.js";

export interface Chunk {
  text: string;
  tokens: number;
}

export interface SplitText {
  chunks: Chunk[];
  /** Tokens of the whole text, special tokens not counted. */
  tokens: number;
}

/**
 * Splits a text into chunks of at most `most` tokens at sentence ends; nothing is left out. The chunks come out about
 * equally long: a stub at the end would get a summary as long as a full chunk's.
 *
 * @throws what `signal` was aborted with
 */
export async function splitText(
  text: string,
  most: number,
  count: CountTokens,
  signal?: AbortSignal,
): Promise<SplitText> {
  const whole = fittingWhole(text, most, count);
  if (whole !== undefined) return { chunks: [whole], tokens: whole.tokens };
  const breathe = createBreather();
  const units: Unit[] = [];
  for (const sentences of together(findSentences(text), most)) {
    for (const unit of cutSentence(sentences, most, count)) {
      units.push(unit);
      signal?.throwIfAborted();
      await breathe();
    }
  }
  const chunks: Chunk[] = [];
  for (const group of balance(units, most)) {
    chunks.push(...close(group, most, count));
    signal?.throwIfAborted();
    await breathe();
  }
  return { chunks, tokens: chunks.reduce((sum, chunk) => sum + chunk.tokens, 0) };
}

/** Tokens of most texts have fewer letters: a longer text would be counted as a whole in vain. */
const usualLettersPerToken = 8;

/** A text that fits as it is, counted once: the same chunk as its sentences would make. */
function fittingWhole(text: string, most: number, count: CountTokens): Chunk | undefined {
  if (text.length > most * usualLettersPerToken) return undefined;
  const joined = [...findSentences(text)].join(" ");
  const tokens = count(joined);
  return tokens <= most ? { text: joined, tokens } : undefined;
}

/** Very short sentences are counted with their neighbours: hundreds of thousands of one-letter lines would take a minute. */
function* together(sentences: Iterable<string>, most: number): Generator<string> {
  let open = "";
  for (const sentence of sentences) {
    if (open !== "" && open.length + sentence.length > most / 2) {
      yield open;
      open = "";
    }
    open += open === "" ? sentence : ` ${sentence}`;
  }
  if (open !== "") yield open;
}

/** Groups neighbouring units so that none exceeds `most` and all come near the mean of what is left. */
function* balance(units: readonly Unit[], most: number): Generator<Unit[]> {
  let left = units.reduce((sum, unit) => sum + unit.tokens, 0);
  let group: Unit[] = [];
  let tokens = 0;
  let target = left / Math.ceil(left / most);
  for (const unit of units) {
    const pastTarget = tokens + unit.tokens / 2 > target;
    if (group.length > 0 && (tokens + unit.tokens > most || pastTarget)) {
      yield group;
      left -= tokens;
      group = [];
      tokens = 0;
      target = left / Math.ceil(left / most);
    }
    group.push(unit);
    tokens += unit.tokens;
  }
  if (group.length > 0) yield group;
}

/** Counts a joined chunk anew: where tokens do span a seam it may differ from the sum, and `most` is a hard limit. */
function close(group: readonly Unit[], most: number, count: CountTokens): Chunk[] {
  const text = group.map((unit, index) => (index === 0 ? unit.text : unit.glue + unit.text)).join("");
  const tokens = count(text);
  if (tokens <= most || group.length === 1) return [{ text, tokens }];
  const middle = group.length >> 1;
  return [...close(group.slice(0, middle), most, count), ...close(group.slice(middle), most, count)];
}
