/** A stretch of text that is never divided further, with what joins it to the one before. */
export interface Unit {
  text: string;
  /** Tokens of `glue` and text together. */
  tokens: number;
  glue: "" | " ";
}

export type CountTokens = (text: string) => number;

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Counting a run of letters without a space costs a tokenizer more than its length: longer ones are cut unseen. */
const countableLetters = 1_000;
/** A token is rarely longer: what has more letters than that for each token allowed is cut without counting it first. */
const lettersPerToken = 16;
const wordsPerBlock = 32;
const lettersPerBlock = 32;

/**
 * A sentence as units of at most `most` tokens: whole where it fits, else stretches of its words; a longer word between
 * graphemes, and a grapheme that is longer still (hundreds of combining marks on one letter) between code points.
 */
export function* cutSentence(sentence: string, most: number, count: CountTokens): Generator<Unit> {
  if (sentence.length <= most * lettersPerToken) {
    const whole = unit(sentence, " ", count);
    if (whole.tokens <= most) {
      yield whole;
      return;
    }
  }
  // Stretches and not single words: a call of the tokenizer costs as much for one word as for many.
  for (const words of blocks(sentence.split(" "), wordsPerBlock)) yield* pack(cutWords(words, most, count), most);
}

function* cutWords(words: readonly string[], most: number, count: CountTokens): Generator<Unit> {
  if (words.every((word) => word.length <= countableLetters)) {
    const joined = unit(words.join(" "), " ", count);
    if (joined.tokens <= most) {
      yield joined;
      return;
    }
  }
  for (const word of words) yield* cutWord(word, most, count);
}

function* cutWord(word: string, most: number, count: CountTokens): Generator<Unit> {
  if (word.length <= countableLetters) {
    const whole = unit(word, " ", count);
    if (whole.tokens <= most) {
      yield whole;
      return;
    }
  }
  const letters = Array.from(graphemes.segment(word), ({ segment }) => segment);
  let glue: Unit["glue"] = " ";
  for (const block of blocks(letters, lettersPerBlock)) {
    for (const piece of cutLetters(block, most, count)) {
      yield unit(piece, glue, count);
      glue = "";
    }
  }
}

function* cutLetters(letters: readonly string[], most: number, count: CountTokens): Generator<string> {
  const joined = letters.join("");
  if (joined.length <= countableLetters && count(` ${joined}`) <= most) yield joined;
  else if (letters.length > 1) for (const letter of letters) yield* cutLetters([letter], most, count);
  else for (const points of blocks(Array.from(joined), Math.max(1, most >> 3))) yield points.join("");
}

/** Joins neighbours as long as they fit. Tokens of neighbours add up, since a token rarely spans a seam. */
function* pack(units: Iterable<Unit>, most: number): Generator<Unit> {
  let open: Unit | undefined;
  for (const next of units) {
    if (open !== undefined && open.tokens + next.tokens <= most) {
      open.text += next.glue + next.text;
      open.tokens += next.tokens;
      continue;
    }
    if (open !== undefined) yield open;
    open = { ...next };
  }
  if (open !== undefined) yield open;
}

function unit(text: string, glue: Unit["glue"], count: CountTokens): Unit {
  return { text, glue, tokens: count(glue + text) };
}

function* blocks<Item>(items: readonly Item[], size: number): Generator<Item[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
