/** A stretch of text that is never divided further, with what joins it to the one before. */
export interface Unit {
  text: string;
  /** Tokens of `glue` and text together. */
  tokens: number;
  glue: "" | " ";
}

export type CountTokens = (text: string) => number;

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/**
 * A sentence as units of at most `most` tokens: whole where it fits, else its words; a longer word between graphemes,
 * and a grapheme that is longer still (hundreds of combining marks on one letter) between code points.
 */
export function cutSentence(sentence: string, most: number, count: CountTokens): Unit[] {
  const whole = unit(sentence, " ", count);
  if (whole.tokens <= most) return [whole];
  return pack(
    sentence.split(" ").flatMap((word) => cutWord(word, most, count)),
    most,
  );
}

function cutWord(word: string, most: number, count: CountTokens): Unit[] {
  const whole = unit(word, " ", count);
  if (whole.tokens <= most) return [whole];
  const letters = Array.from(graphemes.segment(word), ({ segment }) => segment);
  const pieces = blocks(letters, 32).flatMap((block) => {
    const joined = unit(block.join(""), "", count);
    if (joined.tokens <= most) return [joined];
    return block.flatMap((letter) => {
      const single = unit(letter, "", count);
      return single.tokens <= most ? [single] : Array.from(letter, (point) => unit(point, "", count));
    });
  });
  const [first, ...rest] = pieces;
  return first === undefined ? [] : [unit(first.text, " ", count), ...rest];
}

/** Joins neighbours as long as they fit. Tokens of neighbours add up, since a token rarely spans a seam. */
function pack(units: readonly Unit[], most: number): Unit[] {
  const packed: Unit[] = [];
  for (const next of units) {
    const last = packed.at(-1);
    if (last !== undefined && last.tokens + next.tokens <= most) {
      last.text += next.glue + next.text;
      last.tokens += next.tokens;
    } else packed.push({ ...next });
  }
  return packed;
}

function unit(text: string, glue: Unit["glue"], count: CountTokens): Unit {
  return { text, glue, tokens: count(glue + text) };
}

function blocks<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
