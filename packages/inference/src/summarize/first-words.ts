import type { CountTokens } from "../text/cut-sentence.js";

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** As many words from the beginning of a text as fit `most` tokens; of a first word that is too long, its letters. */
export function firstWords(text: string, most: number, count: CountTokens): string {
  const words = longestPrefix(text.split(/(?= )/), most, count);
  if (words !== "") return words;
  const letters = Array.from(graphemes.segment(text.slice(0, 1000)), ({ segment }) => segment);
  return longestPrefix(letters, most, count) || (letters[0] ?? "");
}

function longestPrefix(pieces: readonly string[], most: number, count: CountTokens): string {
  let prefix = "";
  for (const piece of pieces) {
    if (count(prefix + piece) > most) break;
    prefix += piece;
  }
  return prefix.trim();
}
