import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";
import { collapseSpaces } from "../text/clean-text.js";

/**
 * The library (0.2.0) remembers 10,000 words, and once they are all taken each new word walks over the places of those
 * that were thrown out: splitting a megabyte after many other texts took 13 s instead of 1. Forgetting all of them
 * before that many can have come in costs next to nothing.
 */
const lettersBeforeForgetting = 50_000;

/** A model's own tokenizer, with its special tokens kept apart from the text. */
export interface TextTokenizer {
  /** Ids a model reads: begin token, prefix, text, end token, as the tokenizer's own template has them. */
  encodeInput(text: string): number[];
  /** Tokens of a text alone. */
  count(text: string): number;
  /** Text of generated ids: no special tokens, no half characters at the end, single spaces. */
  decode(ids: readonly number[]): string;
  /** Whether an id is one of the tokens that are not text. */
  isSpecial(id: number): boolean;
  /** What `encodeInput` adds: prefix and special tokens. */
  readonly overhead: number;
  /** Special tokens a sequence begins with, in a decoder after its start token too: 1 for BART, 0 for T5. */
  readonly leading: number;
}

/**
 * Opens the tokenizer of a model's folder. The library is the one transformers.js itself uses; taken alone it costs
 * neither that library's import time nor its memory.
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

  const words = tokenizer.model as { clear_cache?(): void };
  let letters = 0;
  // The library's type declarations do not resolve under Node's rules (0.2.0: imports without extension).
  const ids = (text: string, add_special_tokens: boolean) => {
    letters += text.length;
    if (letters > lettersBeforeForgetting) {
      words.clear_cache?.();
      letters = text.length;
    }
    return tokenizer.encode(text, { add_special_tokens }).ids as number[];
  };
  /** What was counted last: mostly it is read next, and then nobody needs it any more. */
  let last: { text: string; ids: number[] } | undefined;
  const encode = (text: string) => {
    // A text may well hold "</s>" or "<s>": as markup it says nothing, as a special token it would end the input.
    if (last?.text !== text) last = { text, ids: ids(text, false).filter((id) => !special.has(id)) };
    return last.ids;
  };
  const template = ids("a", true);
  const bare = ids("a", false);
  const at = template.indexOf(bare[0] as number);
  const before = template.slice(0, at);
  const after = template.slice(at + bare.length);

  return {
    encodeInput: (text) => {
      const read = encode(prefix + text);
      last = undefined;
      return [...before, ...read, ...after];
    },
    count: (text) => encode(text).length,
    decode: (ids) => collapseSpaces(tokenizer.decode([...ids], { skip_special_tokens: true }).replaceAll("\ufffd", "")),
    isSpecial: (id) => special.has(id),
    overhead: before.length + after.length + encode(prefix).length,
    leading: before.length,
  };
}
