/** A piece of text that is not divided further, and the separator before it. */
export interface Unit {
  text: string;
  /** Tokens of `glue` and text together. */
  tokens: number;
  glue: "" | " ";
}

export type CountTokens = (text: string) => number;

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Longer words are cut without counting: tokenizers take more than linear time for letters without a space. */
const maxCountedLetters = 1_000;
/** A token rarely has more letters. A longer sentence cannot fit and is cut without counting. */
const maxLettersPerToken = 16;
const wordsPerBlock = 32;
const lettersPerBlock = 32;

/**
 * Cuts a sentence into units of at most `maxTokens` tokens, between words if it does not fit as a whole. A longer word is cut
 * between graphemes, and a longer grapheme (hundreds of combining marks on one letter) between code points.
 */
export function* cutSentence(sentence: string, maxTokens: number, count: CountTokens): Generator<Unit> {
  if (sentence.length <= maxTokens * maxLettersPerToken) {
    const whole = unit(sentence, " ", count);
    if (whole.tokens <= maxTokens) {
      yield whole;
      return;
    }
  }
  // In blocks of words: a call of the tokenizer takes as long for one word as for many.
  for (const words of blocks(sentence.split(" "), wordsPerBlock))
    yield* pack(cutWords(words, maxTokens, count), maxTokens);
}

function* cutWords(words: readonly string[], maxTokens: number, count: CountTokens): Generator<Unit> {
  if (words.every((word) => word.length <= maxCountedLetters)) {
    const joined = unit(words.join(" "), " ", count);
    if (joined.tokens <= maxTokens) {
      yield joined;
      return;
    }
  }
  for (const word of words) yield* cutWord(word, maxTokens, count);
}

function* cutWord(word: string, maxTokens: number, count: CountTokens): Generator<Unit> {
  if (word.length <= maxCountedLetters) {
    const whole = unit(word, " ", count);
    if (whole.tokens <= maxTokens) {
      yield whole;
      return;
    }
  }
  const letters = Array.from(graphemes.segment(word), ({ segment }) => segment);
  let glue: Unit["glue"] = " ";
  for (const block of blocks(letters, lettersPerBlock)) {
    for (const piece of cutLetters(block, maxTokens, count)) {
      yield unit(piece, glue, count);
      glue = "";
    }
  }
}

function* cutLetters(letters: readonly string[], maxTokens: number, count: CountTokens): Generator<string> {
  const joined = letters.join("");
  if (joined.length <= maxCountedLetters && count(` ${joined}`) <= maxTokens) yield joined;
  else if (letters.length > 1) for (const letter of letters) yield* cutLetters([letter], maxTokens, count);
  else for (const points of blocks(Array.from(joined), Math.max(1, maxTokens >> 3))) yield points.join("");
}

/** Joins neighbors while they fit. Their token counts add up, since a token rarely spans the boundary. */
function* pack(units: Iterable<Unit>, maxTokens: number): Generator<Unit> {
  let current: Unit | undefined;
  for (const next of units) {
    if (current !== undefined && current.tokens + next.tokens <= maxTokens) {
      current.text += next.glue + next.text;
      current.tokens += next.tokens;
      continue;
    }
    if (current !== undefined) yield current;
    current = { ...next };
  }
  if (current !== undefined) yield current;
}

function unit(text: string, glue: Unit["glue"], count: CountTokens): Unit {
  return { text, glue, tokens: count(glue + text) };
}

function* blocks<Item>(items: readonly Item[], size: number): Generator<Item[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
