import type { TextTokenizer } from "../tokenizer/open-tokenizer.js";

const begin = 0;
const end = 1;

/** For tests: every word is a token, and decoding returns the encoded text with single spaces. */
export function createWordTokenizer(): TextTokenizer {
  const ids = new Map<string, number>();
  const words: string[] = ["<s>", "</s>"];
  const idOf = (word: string) => {
    const known = ids.get(word);
    if (known !== undefined) return known;
    ids.set(word, words.length);
    return words.push(word) - 1;
  };
  const split = (text: string) => text.split(/\s+/).filter(Boolean);
  return {
    encodeInput: (text) => [begin, ...split(text).map(idOf), end],
    count: (text) => split(text).length,
    decode: (tokens) =>
      tokens
        .filter((id) => id > end)
        .map((id) => words[id])
        .join(" "),
    isSpecial: (id) => id <= end,
    overhead: 2,
    leading: 1,
  };
}
