import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ModelName } from "@precis/contracts";
import { type GenerationSettings, loadModelSet, resolveModel } from "@precis/models";
import { describe, expect, it } from "vitest";
import { createBatcher } from "../scheduler/create-batcher.js";
import { openNetwork } from "../sessions/open-network.js";
import { writeFloat32Copy } from "../testing/float32-copy.js";
import { openTokenizer } from "../tokenizer/open-tokenizer.js";
import { readSettings } from "./settings.js";

/** Made once by fixtures/make-parity.py with Python transformers' own `generate` on the bundled weights in float32. */
interface Fixture {
  texts: string[];
  weights: Record<string, string>;
  inputs: number[][];
  cases: GenerationSettings[];
  /** By case, then by text: the generated ids without the start token; null where a choice was too near to a tie to tell. */
  outputs: (number[] | null)[][];
}

const readFixture = (name: ModelName) =>
  JSON.parse(readFileSync(new URL(`fixtures/parity-${name}.json`, import.meta.url), "utf8")) as Fixture;
const manifest = fileURLToPath(new URL("../../../../models/mini/manifest.json", import.meta.url));
const set = await loadModelSet(manifest);
/** All generations of each model with FULL=1; otherwise every fifth, other texts for each setting. */
const stride = process.env.FULL === "1" ? 1 : 5;

describe.each(["bart", "t5"] as const)("%s writes what Python transformers writes", (name) => {
  const { texts, weights, inputs, cases, outputs } = readFixture(name);
  const model = resolveModel(set, name);

  it("reads the same weights as the fixture was made with", () => {
    for (const [file, hash] of Object.entries(weights)) {
      const bytes = readFileSync(`${model.folder}/onnx/${file}`);
      expect(createHash("sha256").update(bytes).digest("hex"), file).toBe(hash);
    }
  });

  it("reads the same token ids out of every text", async () => {
    const tokenizer = await openTokenizer(model.folder, model.prefix);
    expect(texts.map((text) => tokenizer.encodeInput(text))).toEqual(inputs);
  });

  it("generates the same tokens, greedy and with beams", async () => {
    const folder = await mkdtemp(join(tmpdir(), "precis-parity-"));
    const network = await openNetwork(await writeFloat32Copy(model, folder), { device: "cpu", threads: 2 });
    const { tokens } = await readSettings(model);
    const batcher = createBatcher(network, { maxSequences: 16, maxBatchTokens: 8192, maxQueueDelayMs: 0, tokens });
    const different: string[] = [];
    let compared = 0;
    await Promise.all(
      cases.map(async (settings, number) => {
        for (let text = number % stride; text < inputs.length; text += stride) {
          const expected = outputs[number]?.[text];
          if (expected === null) continue;
          compared += 1;
          const written = await batcher.generate(inputs[text] as number[], settings);
          if (JSON.stringify(written) !== JSON.stringify(expected)) different.push(`${number} ${text}`);
        }
      }),
    );
    await batcher.close();
    await network.release();
    await rm(folder, { recursive: true });
    expect(different).toEqual([]);
    expect(compared).toBeGreaterThan((cases.length * inputs.length) / stride / 2);
  }, 600_000);
});
