import { fileURLToPath } from "node:url";
import { type ModelName, modelNames } from "@precis/contracts";
import { loadModelSet, resolveModel } from "@precis/models";
import { fuseDecoderStep, fuseEncoder, type OnnxModel, splitDecoder } from "@precis/onnx";
import { toFloat32 } from "@precis/onnx/testing";
import { type InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { bundledShape, networkRoundingBound } from "../testing/rounding-bound.js";
import { openSession, readNetwork } from "./open-session.js";

const set = await loadModelSet(fileURLToPath(new URL("../../../../models/mini/manifest.json", import.meta.url)));

/** In float32, where sums in another order have a known error bound; products of 8-bit integers have none. */
async function read(name: ModelName, file: string) {
  const { model, folder } = await readNetwork(`${resolveModel(set, name).folder}/onnx/${file}_quantized.onnx`);
  return { model: toFloat32(model, folder), folder };
}

const tensor = (dims: number[], value: (index: number) => number) =>
  new Tensor(
    "float32",
    Float32Array.from({ length: dims.reduce((all, size) => all * size, 1) }, (_, index) => value(index)),
    dims,
  );
/** Pseudorandom numbers between -1 and 1. */
const noise = (index: number) => (Math.sin(index + 1) * 43_758.5453) % 1;
const integers = (values: number[], dims: number[]) => new Tensor("int64", BigInt64Array.from(values, BigInt), dims);

function expectClose(actual: Tensor | undefined, expected: Tensor | undefined): void {
  expect(actual?.dims).toEqual(expected?.dims);
  const [a, b] = [actual?.data as Float32Array, expected?.data as Float32Array];
  const greatestOf = (values: Float32Array) => values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const greatest = greatestOf(a);
  expect(greatest).toBeGreaterThan(0.1);
  const difference = greatestOf(a.map((value, index) => value - (b[index] as number)));
  expect(difference).toBeLessThan(networkRoundingBound(bundledShape) * greatest);
}

const [texts, width, tokens, past, committed] = [3, 2, 32, 5, 3];

/** The tokens `from` to `to` of a cache. */
function slice({ data, dims }: Tensor, from: number, to: number): Tensor {
  const [rows, heads, length, size] = dims as [number, number, number, number];
  const values = Array.from({ length: rows * heads }, (_, head) =>
    (data as Float32Array).subarray((head * length + from) * size, (head * length + to) * size),
  );
  return tensor([rows, heads, to - from, size], (index) => {
    const one = (to - from) * size;
    return values[Math.floor(index / one)]?.[index % one] ?? Number.NaN;
  });
}

/**
 * The inputs of a step. A fused one takes the cross-attention cache once per text instead of once per sequence, and the
 * self-attention cache in two parts.
 */
function feedsOf(session: InferenceSession, isFused: boolean): Record<string, Tensor> {
  const rows = texts * width;
  const copies = isFused ? 1 : width;
  const cross = (index: number, size: number) =>
    noise(isFused ? index : Math.floor(index / size / width) * size + (index % size));
  // The second text is shorter.
  const maskOf = (copy: number) =>
    Array.from({ length: tokens }, (_, at) => (Math.floor(copy / copies) === 1 && at > 20 ? 0 : 1));
  return Object.fromEntries(
    session.inputMetadata.map((input) => {
      const [, heads, , size] = input.isTensor ? (input.shape as number[]) : [];
      const { name } = input;
      if (name === "input_ids")
        return [
          name,
          integers(
            Array.from({ length: rows }, (_, row) => 50 + row),
            [rows, 1],
          ),
        ];
      if (name === "encoder_attention_mask") {
        const mask = Array.from({ length: texts * copies }, (_, copy) => maskOf(copy)).flat();
        return [name, integers(mask, [texts * copies, tokens])];
      }
      const [of, length] = name.includes("encoder") ? [texts * copies, tokens] : [rows, past];
      const one = (heads as number) * length * (size as number);
      const value = name.includes("encoder") ? (index: number) => cross(index, one) : noise;
      const cache = tensor([of, heads as number, length, size as number], value);
      if (!isFused || name.includes("encoder")) return [name, cache];
      return [name, name.startsWith("tail") ? slice(cache, committed, past) : slice(cache, 0, committed)];
    }),
  );
}

describe.each(modelNames)("the fused attention of %s", (name) => {
  it("computes the same in a decoder step", async () => {
    const { model, folder } = await read(name, "decoder_model_merged");
    const split = splitDecoder(model);
    if (!split.applied) throw new Error(split.reason);
    const fused = fuseDecoderStep(split.step);
    expect(fused.applied).toBe(true);
    const run = async (graph: OnnxModel, isFused: boolean) => {
      const session = await openSession(graph, folder, { device: "cpu", threads: 1 });
      const results = await session.run(feedsOf(session, isFused));
      await session.release();
      return results;
    };
    const [exportedResults, fusedResults] = [await run(split.step, false), await run(fused.model, true)];
    const expected = Object.entries(exportedResults).map(([output, result]) =>
      output === "logits"
        ? ([output, result] as const)
        : // Only the tail is returned, with the newest token.
          ([output.replace("present", "tail"), slice(result, committed, past + 1)] as const),
    );
    expect(Object.keys(fusedResults).sort()).toEqual(expected.map(([output]) => output).sort());
    for (const [output, result] of expected) expectClose(fusedResults[output], result);
  });

  it("computes the same in an encoder, without a mask", async () => {
    const { model, folder } = await read(name, "encoder_model");
    const fused = fuseEncoder(model);
    expect(fused.applied).toBe(true);
    const input_ids = integers([0, 100, 200, 300, 400, 500, 2], [1, 7]);
    const [session, fusedSession] = [
      await openSession(model, folder, { device: "cpu", threads: 1 }),
      await openSession(fused.model, folder, { device: "cpu", threads: 1 }),
    ];
    const attention_mask = integers(new Array(7).fill(1), [1, 7]);
    const { last_hidden_state: expected } = await session.run({ input_ids, attention_mask });
    const { last_hidden_state: actual } = await fusedSession.run({ input_ids });
    await session.release();
    await fusedSession.release();
    expectClose(actual, expected);
  });
});
