import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { encodeModel, type Graph, readModel, readValues, takeSmallValues } from "../index.js";

const bundled = fileURLToPath(new URL("../../../../models/mini/t5/onnx/", import.meta.url));
const decoder = join(bundled, "decoder_model_merged_quantized.onnx");
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "precis-onnx-"));
});
afterAll(() => rm(folder, { recursive: true }));

it("reads the graph of a model, branches included, and the location of its weights", () => {
  const { graph } = readModel(decoder);
  expect(graph.nodes.map(({ opType }) => opType)).toEqual(["If"]);
  expect(graph.outputs[0]?.name).toBe("logits");
  const [first, later] = graph.nodes[0]?.attributes.map((attribute) => attribute.graph as Graph) ?? [];
  for (const branch of [first, later]) {
    expect(branch?.nodes.filter(({ opType }) => opType === "MatMulNBits").length).toBeGreaterThan(30);
  }
  const norm = graph.initializers.find(({ name }) => name.includes("layer_norm"));
  expect(norm).toMatchObject({ dataType: 1, dims: [384], data: { in: "file", length: 1_536 } });
  const values = new Float32Array(readValues(bundled, norm as never).slice().buffer);
  for (const value of values) expect(Math.abs(value)).toBeLessThan(100);
});

it("reads the same model from a file that it wrote", async () => {
  const model = readModel(decoder);
  const path = join(folder, "copy.onnx");
  await writeFile(path, encodeModel(model));
  const copy = readModel(path);
  expect(copy).toEqual(model);
  await writeFile(path, encodeModel({ ...model, graph: takeSmallValues(model.graph, bundled, 2_000) }));
  const small = readModel(path).graph.initializers.filter(
    ({ data }) => data.in === "file" && data.file === "copy.onnx",
  );
  expect(small.length).toBeGreaterThan(10);
  for (const { name, data } of small) {
    const original = model.graph.initializers.find((initializer) => initializer.name === name);
    expect(readValues(folder, { name, data } as never)).toEqual(readValues(bundled, original as never));
  }
});

it("names the byte at which a file is not a model", async () => {
  const path = join(folder, "broken.onnx");
  const cut = encodeModel(readModel(decoder)).subarray(0, 50_000);
  for (const [bytes, message] of [
    [cut, /the file ends|not a protobuf message/],
    [Buffer.from("<html>not found</html>"), /not a protobuf message at byte \d+/],
    [Buffer.alloc(0), /the file has no graph/],
  ] as const) {
    await writeFile(path, bytes);
    expect(() => readModel(path)).toThrow(message);
  }
});
