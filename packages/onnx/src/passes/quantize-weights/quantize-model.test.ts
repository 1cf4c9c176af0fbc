import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  encodeModel,
  type Graph,
  type Initializer,
  type Node,
  quantizeModel,
  readModel,
  readValues,
} from "../../index.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "precis-quantize-"));
});
afterAll(() => rm(folder, { recursive: true }));

const value = (name: string) => ({ name, type: Buffer.from([0x0a, 0x02, 0x08, 1]) });
const node = (opType: string, inputs: string[], outputs: string[], attributes: Node["attributes"] = []): Node => ({
  name: `${opType}_${outputs[0]}`,
  opType,
  domain: "",
  inputs,
  outputs,
  attributes,
});
const matrix = (name: string, rows: number, width: number, seed = 1, dataType = 1): Initializer => {
  const values = Float32Array.from({ length: rows * width }, (_, index) => Math.sin(seed * index));
  return { name, dataType, dims: [rows, width], data: { in: "memory", bytes: new Uint8Array(values.buffer) } };
};
const graphOf = (part: Partial<Graph>): Graph => ({
  name: "g",
  nodes: [],
  initializers: [],
  inputs: [],
  outputs: [],
  ...part,
});
const save = async (graph: Graph) => {
  const path = join(folder, "model.onnx");
  await writeFile(path, encodeModel({ graph, rest: Buffer.from([0x08, 8, 0x42, 2, 0x10, 17]) }));
  return path;
};

/** A small merged decoder: two branches with copies of the same weights, and a tied output. */
const branch = (name: string) => {
  const nodes = [
    node("Gather", ["tokens", "ids"], ["state"]),
    node("MatMul", ["state", `${name}_weight`], ["hidden"]),
    node("Transpose", ["tokens"], ["turned"]),
    node("MatMul", ["hidden", "turned"], ["scores"]),
  ];
  const graph = graphOf({ name, nodes, initializers: [matrix(`${name}_weight`, 40, 40)], outputs: [value("scores")] });
  return { name, encoded: Buffer.from([0x0a, name.length, ...Buffer.from(name), 0xa0, 0x01, 5]), graph };
};
const decoder = graphOf({
  nodes: [node("If", ["again"], ["scores"], [branch("then_branch"), branch("else_branch")])],
  initializers: [matrix("tokens", 5_000, 40)],
  inputs: [value("again"), value("ids")],
  outputs: [value("scores")],
});

it("quantizes the weights of both branches once, and tied weights once in each layout", async () => {
  const target = join(folder, "model_quantized.onnx");
  expect(quantizeModel(await save(decoder), target, { bits: 8, block: 32 })).toEqual({ products: 4, embeddings: 2 });
  const { graph, rest } = readModel(target);
  expect(graph.initializers.map(({ name, dims }) => [name, ...dims])).toEqual([
    ["tokens_i8", 5_000, 40],
    ["tokens_scale", 5_000, 1],
    ["shared_0_Q8", 40, 2, 32],
    ["shared_0_Q8_scales", 40, 2],
    ["tokens_T_Q8", 5_000, 2, 32],
    ["tokens_T_Q8_scales", 5_000, 2],
  ]);
  for (const { graph: inner } of graph.nodes[0]?.attributes ?? []) {
    expect(inner?.initializers).toEqual([]);
    expect(inner?.nodes.map(({ opType }) => opType)).toEqual([
      ...["Gather", "Cast", "Gather", "Mul"],
      ...["MatMulNBits", "MatMulNBits"],
    ]);
  }
  expect(Buffer.from(rest).toString("latin1")).toContain("com.microsoft");
  const [, , codes, scales] = graph.initializers.map((tensor) => readValues(folder, tensor));
  const steps = new Float32Array((scales as Uint8Array).slice().buffer);
  // Output 7, input 33: the second value of that output's second block.
  const restored = ((codes?.[7 * 64 + 33] as number) - 128) * (steps[7 * 2 + 1] as number);
  expect(restored).toBeCloseTo(Math.sin(33 * 40 + 7), 2);
});

it("leaves no temporary files", async () => {
  quantizeModel(await save(decoder), join(folder, "model_quantized.onnx"), { bits: 4, block: 32 });
  expect((await readdir(folder)).sort()).toEqual(["model.onnx", "model_quantized.onnx"]);
});

it("names the reason why a file cannot be quantized", async () => {
  const target = join(folder, "none.onnx");
  const shipped = fileURLToPath(new URL("../../../../../models/mini/t5/onnx/", import.meta.url));
  expect(() => quantizeModel(`${shipped}encoder_model_quantized.onnx`, target, { bits: 8, block: 32 })).toThrow(
    "must not be quantized (it has MatMulNBits nodes)",
  );
  const half = graphOf({ initializers: [matrix("w", 4, 4, 1, 10)] });
  for (const [graph, message] of [
    [half, "must be float32 (w is float16)"],
    [graphOf({ nodes: [node("MatMul", ["x", "y"], ["z"])] }), "no product with a constant float32 matrix"],
  ] as const) {
    const source = await save(graph);
    expect(() => quantizeModel(source, target, { bits: 8, block: 32 })).toThrow(message);
  }
  await expect(readdir(folder)).resolves.not.toContain("none.onnx");
});
