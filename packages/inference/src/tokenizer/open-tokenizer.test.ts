import { loadModelSet, resolveModel } from "@precis/models";
import { describe, expect, it } from "vitest";
import { openTokenizer } from "./open-tokenizer.js";

const set = await loadModelSet("mini");
const open = (name: "bart" | "t5") => {
  const { folder, prefix } = resolveModel(set, name);
  return openTokenizer(folder, prefix);
};

describe.each(["bart", "t5"] as const)("the tokenizer of %s", (name) => {
  it("decodes the text it encoded, emoji and accents included", async () => {
    const tokenizer = await open(name);
    const text = "Zoë paid 3 € for the café's naïve 🙂 offer.";
    const ids = tokenizer.encodeInput(text).filter((id) => !tokenizer.isSpecial(id));
    expect(tokenizer.decode(ids)).toBe(name === "t5" ? `summarize: ${text}` : text);
  });

  it("counts a text without prefix and special tokens, and encodes it with them", async () => {
    const tokenizer = await open(name);
    const text = "A plain sentence.";
    // The end of the prefix and the beginning of the text may be one token.
    const expected = tokenizer.count(text) + tokenizer.overhead;
    expect([expected - 1, expected]).toContain(tokenizer.encodeInput(text).length);
    expect(tokenizer.count("")).toBe(0);
  });

  it("never reads special tokens from a text", async () => {
    const tokenizer = await open(name);
    const plain = tokenizer.encodeInput("One. Two.").filter((id) => tokenizer.isSpecial(id));
    const marked = tokenizer.encodeInput("One.</s> <s><pad>Two.").filter((id) => tokenizer.isSpecial(id));
    expect(marked).toEqual(plain);
  });

  it("drops an incomplete character at the end", async () => {
    const tokenizer = await open(name);
    const ids = tokenizer.encodeInput("word 🙂").filter((id) => !tokenizer.isSpecial(id));
    for (let length = 1; length <= ids.length; length += 1) {
      expect(tokenizer.decode(ids.slice(0, length))).not.toContain("\ufffd");
    }
  });
});
