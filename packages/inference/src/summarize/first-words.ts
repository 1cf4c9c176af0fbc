import type { CountTokens } from "../text/cut-sentence.js";

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** The first words of a text, as many as fit `maxTokens` tokens. If the first word is too long, its first letters. */
export function firstWords(text: string, maxTokens: number, count: CountTokens): string {
  const words = longestPrefix(text.split(/(?= )/), maxTokens, count);
  if (words !== "") return words;
  const letters = Array.from(graphemes.segment(text.slice(0, 1000)), ({ segment }) => segment);
  return longestPrefix(letters, maxTokens, count) || (letters[0] ?? "");
}

function longestPrefix(pieces: readonly string[], maxTokens: number, count: CountTokens): string {
  let prefix = "";
  for (const piece of pieces) {
    if (count(prefix + piece) > maxTokens) break;
    prefix += piece;
  }
  return prefix.trim();
}
