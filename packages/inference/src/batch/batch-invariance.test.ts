import { fileURLToPath } from "node:url";
import { loadModelSet, resolveModel } from "@precis/models";
import { describe, expect, it } from "vitest";
import { loadModel } from "../load-model.js";
import { makeRandomTexts } from "./fixtures/random-texts.js";

const manifest = fileURLToPath(new URL("../../../../models/mini/manifest.json", import.meta.url));
const set = await loadModelSet(manifest);
/** 60 texts take 25 CPU seconds for both models; FULL=1 takes 300. */
const count = process.env.FULL === "1" ? 300 : 60;

describe.each(["bart", "t5"] as const)("%s", (name) => {
  it(`summarizes ${count} random texts in batches as it does each alone`, async () => {
    const texts = makeRandomTexts(count, 20_261_124);
    const [alone, batched] = await Promise.all(
      [1, 12].map((maxRows) =>
        loadModel(resolveModel(set, name), { device: "cpu", threads: 1, maxRows, batchBytes: 1e8 }),
      ),
    );
    // Their lengths and greatest lengths differ, so that rows leave their batches at different steps.
    const summarize = async (model: typeof alone, index: number) =>
      (await model?.summarize({ text: texts[index] as string, maxLength: 10 + ((index * 7) % 26) }))?.summary;
    const together = Promise.all(texts.map((_, index) => summarize(batched, index)));
    const single: (string | undefined)[] = [];
    for (const index of texts.keys()) single.push(await summarize(alone, index));
    expect(await together).toEqual(single);
    await Promise.all([alone?.dispose(), batched?.dispose()]);
  }, 600_000);
});
