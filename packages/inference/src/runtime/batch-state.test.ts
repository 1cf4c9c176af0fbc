import { fileURLToPath } from "node:url";
import { loadModelSet, resolveModel } from "@precis/models";
import { expect, it } from "vitest";
import { makeRandomTexts } from "../batch/fixtures/random-texts.js";
import { openTokenizer } from "../tokenizer/open-tokenizer.js";
import { openNetwork } from "./open-network.js";

const manifest = fileURLToPath(new URL("../../../../models/mini/manifest.json", import.meta.url));
const set = await loadModelSet(manifest);

it.each(["bart", "t5"] as const)("%s scores a row the same to the last bit, whatever it is padded to", async (name) => {
  const model = resolveModel(set, name);
  const network = await openNetwork(model, { device: "cpu", threads: 1 });
  const tokenizer = await openTokenizer(model.folder, model.prefix);
  const texts = makeRandomTexts(12, 7).map((text) => tokenizer.encodeInput(text).slice(0, model.context_length));
  expect(new Set(texts.map((ids) => ids.length)).size).toBeGreaterThan(6);
  const together = network.batch(1);
  const alone = texts.map(() => network.batch(1));
  for (const [row, ids] of texts.entries()) {
    await network.encode(together, ids);
    await network.encode(alone[row] as typeof together, ids);
  }
  let different = 0;
  for (let step = 0; step < 5; step += 1) {
    const token = 300 + step;
    const rows = (await network.step(together, new Array(texts.length).fill(token), "logits")).map((scores) =>
      scores.slice(),
    );
    for (const [row, batch] of alone.entries()) {
      const [scores] = await network.step(batch, [token], "logits");
      different += scores?.some((score, index) => score !== rows[row]?.[index]) ? 1 : 0;
    }
  }
  await network.release();
  expect(different).toBe(0);
});
