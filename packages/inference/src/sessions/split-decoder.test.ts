import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ModelName, modelNames } from "@precis/contracts";
import { loadModelSet, type ResolvedModel, resolveModel } from "@precis/models";
import { encodeModel, type Graph, NotSplittable, readModel, splitDecoder } from "@precis/onnx";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeFloat32Copy } from "../testing/float32-copy.js";
import { bundledShape, networkRoundingBound } from "../testing/rounding-bound.js";
import { openNetwork } from "./open-network.js";

const file = "decoder_model_merged_quantized.onnx";
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

/** Scores of three steps of a batch of two texts. */
async function run(model: ResolvedModel): Promise<number[][]> {
  const network = await openNetwork(model, { device: "cpu", threads: 1 });
  const batch = network.batch(1);
  for (const text of [ids, ids.slice(2)]) await network.encode(batch, text);
  const scores: number[][] = [];
  for (const token of [2, 5, 7]) {
    for (const row of await network.step(batch, [token, token + 1], "logits")) scores.push([...row.subarray(0, 50)]);
  }
  await network.release();
  return scores;
}

describe.each(modelNames)("the decoder of %s", (name) => {
  // In float32, since the whole decoder has unfused attention: the same sums in another order.
  it("gives as a whole what it gives taken apart", async () => {
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
    expect(() => splitDecoder(readModel(decoder))).toThrow(NotSplittable);
    const [apart, together] = [await run(model), await run({ ...model, folder: target })];
    expect(together).toHaveLength(6);
    const greatest = Math.max(...apart.flat().map(Math.abs));
    const differences = together.flatMap((row, index) =>
      row.map((score, at) => Math.abs(score - (apart[index]?.[at] as number))),
    );
    expect(Math.max(...differences)).toBeLessThan(networkRoundingBound(bundledShape) * greatest);
  });

  it("may be a link to where the file is", async () => {
    const model = await find(name);
    const linked = join(folder, `${name}-linked`);
    await mkdir(join(linked, "onnx"), { recursive: true });
    for (const weights of await readdir(join(model.folder, "onnx"))) {
      await symlink(join(model.folder, "onnx", weights), join(linked, "onnx", weights));
    }
    expect(await run({ ...model, folder: linked })).toEqual(await run(model));
  });

  it("holds no node twice and none of the other branch", async () => {
    const { folder: source } = await find(name);
    const { cross, step } = splitDecoder(readModel(join(source, "onnx", file)));
    const weights = ({ nodes }: Graph) =>
      nodes.filter(({ opType }) => opType === "MatMulNBits").map(({ inputs }) => inputs[1]);
    const all = [...weights(cross.graph), ...weights(step.graph)];
    expect(weights(cross.graph)).toHaveLength(8);
    expect(new Set(all).size).toBe(all.length);
  });
});

it("refuses a decoder without branches", () => {
  const graph: Graph = { name: "", nodes: [], initializers: [], inputs: [], outputs: [] };
  expect(() => splitDecoder({ graph, rest: new Uint8Array() })).toThrow(NotSplittable);
});

/** Sends each shape of a branch through an Identity, so that it is not seen to be asked for its batch size alone. */
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
