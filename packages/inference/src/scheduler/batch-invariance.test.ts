import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { loadModelSet, type ResolvedModel, resolveModel } from "@precis/models";
import { describe, expect, it } from "vitest";
import { loadModel } from "../load-model.js";
import { makeRandomTexts } from "../testing/random-texts.js";

const manifest = fileURLToPath(new URL("../../../../models/mini/manifest.json", import.meta.url));
const set = await loadModelSet(manifest);
const full = process.env.FULL === "1";
/** 60 texts take 25 CPU seconds for both models; FULL=1 takes 300. */
const count = full ? 300 : 60;
/** Not in the repository because of their size; `npm run bench:precision` makes them. */
const float32 = (name: string) =>
  fileURLToPath(new URL(`../../../../bench/.cache/precision/${name}/fp32`, import.meta.url));

async function expectSameInBatches(model: ResolvedModel) {
  const texts = makeRandomTexts(count, 20_261_124);
  const [alone, batched] = await Promise.all(
    [1, 12].map((maxSequences) => loadModel(model, { device: "cpu", threads: 1, maxSequences, batchBytes: 1e8 })),
  );
  // Their lengths and maximum lengths differ, so that they leave their batches at different steps.
  const summarize = async (loaded: typeof alone, index: number) =>
    (await loaded?.summarize({ text: texts[index] as string, maxLength: 10 + ((index * 7) % 26) }))?.summary;
  const together = Promise.all(texts.map((_, index) => summarize(batched, index)));
  const single: (string | undefined)[] = [];
  for (const index of texts.keys()) single.push(await summarize(alone, index));
  expect(await together).toEqual(single);
  await Promise.all([alone?.dispose(), batched?.dispose()]);
}

describe.each(["bart", "t5"] as const)("%s", (name) => {
  const model = resolveModel(set, name);

  it(`summarizes ${count} random texts the same in batches and alone`, async () => {
    await expectSameInBatches(model);
  }, 600_000);

  it.runIf(full && existsSync(float32(name)))(
    `and in fp32 too`,
    async () => {
      await expectSameInBatches({ ...model, dtype: "fp32", folder: float32(name), files: [] });
    },
    600_000,
  );
});
