import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../models/paths.mjs";

/** Words of each text that are used: about 200 tokens, so that no side has to split or cut it. */
const words = 140;

/** The first `count` texts of the bundled evaluation set, each cut to a length that fits every model here. */
export async function loadTexts(count) {
  const lines = (await readFile(join(root, "models", "mini", "eval", "eval.jsonl"), "utf8")).trim().split("\n");
  const texts = lines.map((line) => JSON.parse(line).text.split(/\s+/).slice(0, words).join(" "));
  return Array.from({ length: count }, (_, index) => texts[index % texts.length]);
}
