import { readFileSync } from "node:fs";

const evaluation = new URL("../../../../models/mini/eval/eval.jsonl", import.meta.url);

/** Texts of 1 to 8 sentences from the evaluation set, mostly short; the same texts for the same seed. */
export function makeRandomTexts(count: number, seed: number): string[] {
  const segmenter = new Intl.Segmenter("en", { granularity: "sentence" });
  const sentences = readFileSync(evaluation, "utf8")
    .trim()
    .split("\n")
    .flatMap((line) => Array.from(segmenter.segment(JSON.parse(line).text), ({ segment }) => segment.trim()))
    .filter((sentence) => sentence.length > 20);
  const random = createRandom(seed);
  const pick = () => sentences[Math.floor(random() * sentences.length)] as string;
  return Array.from({ length: count }, () => Array.from({ length: 1 + Math.floor(random() ** 3 * 8) }, pick).join(" "));
}

/** mulberry32: random numbers in [0, 1). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
