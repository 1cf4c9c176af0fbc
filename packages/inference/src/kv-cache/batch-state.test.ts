import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadModelSet, resolveModel } from "@precis/models";
import { expect, it } from "vitest";
import { openNetwork } from "../sessions/open-network.js";
import { writeFloat32Copy } from "../testing/float32-copy.js";
import { makeRandomTexts } from "../testing/random-texts.js";
import { bundledShape, networkRoundingBound } from "../testing/rounding-bound.js";
import { openTokenizer } from "../tokenizer/open-tokenizer.js";

const manifest = fileURLToPath(new URL("../../../../models/mini/manifest.json", import.meta.url));
const set = await loadModelSet(manifest);

it.each(["bart", "t5"] as const)("%s gives a text the same scores, whatever it is padded to", async (name) => {
  const folder = await mkdtemp(join(tmpdir(), "precis-batch-state-"));
  // Float32 products of one row and of many may be added up in another order, depending on the CPU.
  const bundled = resolveModel(set, name);
  const model = await writeFloat32Copy(bundled, folder);
  const network = await openNetwork(model, { device: "cpu", threads: 1 });
  const tokenizer = await openTokenizer(bundled.folder, bundled.prefix);
  const texts = makeRandomTexts(12, 7).map((text) => tokenizer.encodeInput(text).slice(0, model.context_length));
  expect(new Set(texts.map((ids) => ids.length)).size).toBeGreaterThan(6);
  const together = network.createBatch(1);
  const alone = texts.map(() => network.createBatch(1));
  for (const [text, ids] of texts.entries()) {
    await network.prefill(together, ids);
    await network.prefill(alone[text] as typeof together, ids);
  }
  let [difference, greatest] = [0, 0];
  for (let step = 0; step < 5; step += 1) {
    const token = 300 + step;
    const expected = (await network.decodeStep(together, new Array(texts.length).fill(token), "logits")).map((scores) =>
      scores.slice(),
    );
    for (const [text, batch] of alone.entries()) {
      const [scores] = await network.decodeStep(batch, [token], "logits");
      scores?.forEach((score, index) => {
        difference = Math.max(difference, Math.abs(score - (expected[text]?.[index] as number)));
        greatest = Math.max(greatest, Math.abs(score));
      });
    }
  }
  await network.release();
  await rm(folder, { recursive: true });
  expect(difference).toBeLessThan(networkRoundingBound(bundledShape) * greatest);
});
