import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ModelName, modelNames } from "@precis/contracts";
import { loadModelSet, type ResolvedModel, resolveModel } from "@precis/models";
import { encodeModel, type Graph, readModel } from "@precis/onnx";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeFloat32Copy } from "../testing/float32-copy.js";
import { bundledShape, networkRoundingBound } from "../testing/rounding-bound.js";
import { openNetwork } from "./open-network.js";

const ids = [0, 100, 200, 300, 400, 500, 600, 2];
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "precis-decoder-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function find(model: ModelName): Promise<ResolvedModel> {
  const set = await loadModelSet(fileURLToPath(new URL("../../../../models/mini/manifest.json", import.meta.url)));
  return resolveModel(set, model);
}

/** The scores of three steps of a batch of two texts. */
async function run(model: ResolvedModel): Promise<{ scores: number[][]; notes: readonly string[] }> {
  const network = await openNetwork(model, { device: "cpu", threads: 1 });
  const batch = network.createBatch(1);
  for (const text of [ids, ids.slice(2)]) await network.prefill(batch, text);
  const scores: number[][] = [];
  for (const token of [2, 5, 7]) {
    for (const row of await network.decodeStep(batch, [token, token + 1], "logits"))
      scores.push([...row.subarray(0, 50)]);
  }
  await network.release();
  return { scores, notes: network.notes };
}

describe.each(modelNames)("the decoder of %s", (name) => {
  // In float32: the whole decoder has attention that is not fused, which adds up the same numbers in another order.
  it("gives the same scores split and whole, and says why it is whole", async () => {
    const model = await writeFloat32Copy(await find(name), join(folder, `${name}-float32`));
    const target = join(folder, name);
    await cp(model.folder, target, { recursive: true });
    const decoder = join(target, "onnx", "decoder_model_merged.onnx");
    const { graph, rest } = readModel(decoder);
    const changed: Graph = {
      ...graph,
      nodes: graph.nodes.map((node) => ({
        ...node,
        attributes: node.attributes.map((attribute) =>
          attribute.name !== "else_branch" || attribute.graph === undefined
            ? attribute
            : { ...attribute, graph: hideBatchSize(attribute.graph) },
        ),
      })),
      initializers: graph.initializers.map((initializer) =>
        initializer.data.in === "file"
          ? { ...initializer, data: { ...initializer.data, file: "original.onnx" } }
          : initializer,
      ),
    };
    await cp(decoder, join(target, "onnx", "original.onnx"));
    await writeFile(decoder, encodeModel({ graph: changed, rest }));
    const [split, whole] = [await run(model), await run({ ...model, folder: target })];
    expect(split.notes).toEqual([]);
    expect(whole.notes).toEqual([
      expect.stringMatching(
        /^decoder_model_merged\.onnx: split-decoder was not applied: the cross graph depends on (?!encoder_hidden_states)/,
      ),
    ]);
    expect(whole.scores).toHaveLength(6);
    const greatest = Math.max(...split.scores.flat().map(Math.abs));
    const differences = whole.scores.flatMap((row, index) =>
      row.map((score, at) => Math.abs(score - (split.scores[index]?.[at] as number))),
    );
    expect(Math.max(...differences)).toBeLessThan(networkRoundingBound(bundledShape) * greatest);
  });

  it("may be a link to the file", async () => {
    const model = await find(name);
    const linked = join(folder, `${name}-linked`);
    await mkdir(join(linked, "onnx"), { recursive: true });
    for (const weights of await readdir(join(model.folder, "onnx"))) {
      await symlink(join(model.folder, "onnx", weights), join(linked, "onnx", weights));
    }
    expect(await run({ ...model, folder: linked })).toEqual(await run(model));
  });
});

/** Passes each shape in a branch through an `Identity`, so that the pass does not recognize reads of the batch size. */
function hideBatchSize(graph: Graph): Graph {
  return {
    ...graph,
    nodes: graph.nodes.flatMap((node) => {
      if (node.opType !== "Shape") return [node];
      const [output = ""] = node.outputs;
      const identity = { name: "", opType: "Identity", domain: "", attributes: [] };
      return [
        { ...node, outputs: [`${output}_shape`] },
        { ...identity, inputs: [`${output}_shape`], outputs: [output] },
      ];
    }),
  };
}
