import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";
import { collapseSpaces } from "../text/clean-text.js";

/**
 * The library (0.2.0) caches 10,000 words. When the cache is full, each new word iterates over the slots of evicted ones:
 * splitting a megabyte after many other texts took 13 s instead of 1. Clearing the cache before it can be full costs next to
 * nothing.
 */
const maxCachedLetters = 50_000;

/** A model's own tokenizer. Special tokens never come from the text. */
export interface TextTokenizer {
  /** The ids that the model reads: begin token, prefix, text and end token, as in the tokenizer's own template. */
  encodeInput(text: string): number[];
  /** The number of tokens of a text alone. */
  count(text: string): number;
  /** The text of generated ids, without special tokens and incomplete characters, with single spaces. */
  decode(ids: readonly number[]): string;
  /** Whether an id is a token that stands for no text. */
  isSpecial(id: number): boolean;
  /** The number of tokens that `encodeInput` adds: prefix and special tokens. */
  readonly overhead: number;
  /** The number of special tokens before a text, also after the start token of a decoder: 1 for BART, 0 for T5. */
  readonly leading: number;
}

/**
 * Opens the tokenizer in a model's folder. The library is the one that transformers.js uses; by itself it takes neither that
 * library's import time nor its memory.
 */
export async function openTokenizer(folder: string, prefix: string): Promise<TextTokenizer> {
  const read = async (file: string) => JSON.parse(await readFile(join(folder, file), "utf8")) as object;
  const [json, config] = await Promise.all([read("tokenizer.json"), read("tokenizer_config.json")]);
  const tokenizer = new Tokenizer(json, config);
  const unknown = (config as { unk_token?: string | { content: string } }).unk_token;
  const unknownId = tokenizer.token_to_id(typeof unknown === "object" ? unknown.content : (unknown ?? "<unk>"));
  const special = new Set<number>();
  for (const [id, token] of tokenizer.get_added_tokens_decoder())
    if (token.special && id !== unknownId) special.add(id);

  const cache = tokenizer.model as { clear_cache?(): void };
  let letters = 0;
  // The library's type declarations do not resolve under Node's rules (0.2.0: imports without extension).
  const ids = (text: string, add_special_tokens: boolean) => {
    letters += text.length;
    if (letters > maxCachedLetters) {
      cache.clear_cache?.();
      letters = text.length;
    }
    return tokenizer.encode(text, { add_special_tokens }).ids as number[];
  };
  /** The text that was counted last: usually it is encoded next, and not needed afterwards. */
  let last: { text: string; ids: number[] } | undefined;
  const encode = (text: string) => {
    // A text may contain "</s>" or "<s>", which would end the input as a special token.
    if (last?.text !== text) last = { text, ids: ids(text, false).filter((id) => !special.has(id)) };
    return last.ids;
  };
  const template = ids("a", true);
  const bare = ids("a", false);
  const textStart = template.indexOf(bare[0] as number);
  const before = template.slice(0, textStart);
  const after = template.slice(textStart + bare.length);

  return {
    encodeInput: (text) => {
      const encoded = encode(prefix + text);
      last = undefined;
      return [...before, ...encoded, ...after];
    },
    count: (text) => encode(text).length,
    decode: (ids) => collapseSpaces(tokenizer.decode([...ids], { skip_special_tokens: true }).replaceAll("\ufffd", "")),
    isSpecial: (id) => special.has(id),
    overhead: before.length + after.length + encode(prefix).length,
    leading: before.length,
  };
}
