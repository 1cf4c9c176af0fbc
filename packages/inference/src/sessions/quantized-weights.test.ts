import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeModel, type Graph, type Initializer, quantizeModel } from "@precis/onnx";
import { Tensor } from "onnxruntime-node";
import { expect, it } from "vitest";
import { roundingBound } from "../testing/rounding-bound.js";
import { openEncoder } from "./open-encoder.js";

const [tokens, width, outputs] = [5_000, 40, 7];
/** Pseudorandom numbers between -1 and 1. */
const noise = (index: number) => (Math.sin(index + 1) * 43_758.5453) % 1;
const matrix = (name: string, rows: number, columns: number): Initializer => {
  const values = Float32Array.from({ length: rows * columns }, (_, index) => noise(index));
  return { name, dataType: 1, dims: [rows, columns], data: { in: "memory", bytes: new Uint8Array(values.buffer) } };
};
const value = (name: string, type: number) => ({ name, type: Buffer.from([0x0a, 0x02, 0x08, type]) });
const node = (opType: string, inputs: string[], made: string) => ({
  ...{ name: made, opType, domain: "", inputs, outputs: [made], attributes: [] },
});
const graph: Graph = {
  name: "small",
  nodes: [
    node("Gather", ["embedding", "ids"], "state"),
    node("MatMul", ["state", "weight"], "product"),
    node("Transpose", ["embedding"], "transposed"),
    node("MatMul", ["state", "transposed"], "scores"),
  ],
  initializers: [matrix("embedding", tokens, width), matrix("weight", width, outputs)],
  inputs: [value("ids", 7)],
  outputs: [value("product", 1), value("scores", 1)],
};

it.each([8, 4] as const)("computes nearly the same with weights of %i bits, alone and in a batch", async (bits) => {
  const folder = await mkdtemp(join(tmpdir(), "precis-quantized-"));
  const source = join(folder, "model.onnx");
  // Version 8 of the format, operators of set 17.
  await writeFile(source, encodeModel({ graph, rest: Buffer.from([0x08, 8, 0x42, 2, 0x10, 17]) }));
  quantizeModel(source, join(folder, "model_quantized.onnx"), { bits, block: 32 });
  const run = async (file: string, ids: bigint[]) => {
    const { session } = await openEncoder(join(folder, file), { device: "cpu", threads: 1 }, false);
    const results = await session.run({ ids: new Tensor("int64", BigInt64Array.from(ids), [ids.length, 1]) });
    const values = ["product", "scores"].map((name) => [...(results[name] as Tensor & { data: Float32Array }).data]);
    await session.release();
    return values as [number[], number[]];
  };
  const ids = [3n, 4_999n, 17n, 2_500n];
  const full = await run("model.onnx", ids);
  const together = await run("model_quantized.onnx", ids);
  const alone = await run("model_quantized.onnx", [4_999n]);
  for (const output of [0, 1] as const) {
    const difference = full[output].map((value, at) => value - (together[output][at] as number));
    // Evenly spread values are 1 / (2^bits − 1) of themselves away from the nearest step, in root mean square.
    expect(Math.hypot(...difference)).toBeLessThan((3 / (2 ** bits - 1)) * Math.hypot(...full[output]));
    // Kernels for one row and for many may add the blocks up in another order; the integer sum of a block is exact.
    const row = full[output].length / ids.length;
    // No value exceeds 1 by more than a quantization step.
    const bound = roundingBound(width) * width * (1 + 1 / (2 ** bits - 1)) ** 2;
    together[output].slice(row, 2 * row).forEach((score, at) => {
      expect(Math.abs(score - (alone[output][at] as number))).toBeLessThan(bound);
    });
  }
  await rm(folder, { recursive: true });
});
