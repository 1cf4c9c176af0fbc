import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readModel } from "../../codec/read-model.js";
import type { Graph, OnnxModel } from "../../graph/model.js";
import { changeBranch, hideBatchSize } from "../../testing/change-decoder.js";
import { splitDecoder } from "./split-decoder.js";

const read = (name: string) =>
  readModel(
    fileURLToPath(
      new URL(`../../../../../models/mini/${name}/onnx/decoder_model_merged_quantized.onnx`, import.meta.url),
    ),
  );

/** Runs the pass on a model that it must not recognize, and returns why. */
function reasonFor(model: OnnxModel): string {
  const split = splitDecoder(model);
  if (split.applied) throw new Error("the decoder was split");
  expect(split.model).toBe(model);
  return split.reason;
}

describe.each(["bart", "t5"])("the decoder of %s", (name) => {
  it("is split into two graphs that share no weight and leave out the other branch", () => {
    const split = splitDecoder(read(name));
    if (!split.applied) throw new Error(split.reason);
    const weights = ({ graph }: OnnxModel) =>
      graph.nodes.filter(({ opType }) => opType === "MatMulNBits").map(({ inputs }) => inputs[1]);
    const [cross, step] = [weights(split.cross), weights(split.step)];
    expect(cross).toHaveLength(8);
    expect(new Set([...cross, ...step]).size).toBe(cross.length + step.length);
    expect(split.cross.graph.inputs.map((input) => input.name)).toEqual(["encoder_hidden_states"]);
    expect(split.step.graph.inputs.map((input) => input.name)).not.toContain("use_cache_branch");
  });

  it("is not changed in place", () => {
    const model = read(name);
    const before = model.graph.nodes.length;
    splitDecoder(model);
    expect(model.graph.nodes).toHaveLength(before);
    expect(model.graph.nodes[0]?.opType).toBe("If");
  });
});

describe("a graph that is not recognized comes back unchanged, with the reason:", () => {
  const empty: Graph = { name: "", nodes: [], initializers: [], inputs: [], outputs: [] };

  it("no branches", () => {
    expect(reasonFor({ graph: empty, rest: new Uint8Array() })).toBe("the graph has no If with two branches");
  });

  it("no cross-attention cache", () => {
    const model = read("t5");
    const outputs = model.graph.outputs.filter(({ name }) => !name.includes("encoder"));
    expect(reasonFor({ ...model, graph: { ...model.graph, outputs } })).toContain("no cross-attention cache");
  });

  it("a cache that depends on the decoder's own states", () => {
    expect(reasonFor(hideBatchSize(read("t5")))).toMatch(/^the cross graph depends on (?!encoder_hidden_states)/);
  });

  it("a value that no node produces", () => {
    const broken = changeBranch(read("t5"), "then_branch", (graph) => ({
      ...graph,
      nodes: graph.nodes.filter(({ opType }) => opType !== "Concat"),
    }));
    expect(reasonFor(broken)).toMatch(/^no node produces the value /);
  });
});
