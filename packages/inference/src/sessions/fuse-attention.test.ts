import { fileURLToPath } from "node:url";
import { type ModelName, modelNames } from "@precis/contracts";
import { loadModelSet, resolveModel } from "@precis/models";
import { fuseEncoder, fuseStep, type Node, type OnnxModel, splitDecoder } from "@precis/onnx";
import { toFloat32 } from "@precis/onnx/testing";
import { type InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { bundledShape, networkRoundingBound } from "../testing/rounding-bound.js";
import { openSession, readNetwork } from "./open-session.js";

const set = await loadModelSet(fileURLToPath(new URL("../../../../models/mini/manifest.json", import.meta.url)));

/** In float32, where a sum in another order has a known bound; products of 8-bit integers have none. */
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
/** As good as random, between -1 and 1. */
const noise = (index: number) => (Math.sin(index + 1) * 43_758.5453) % 1;
const integers = (values: number[], dims: number[]) => new Tensor("int64", BigInt64Array.from(values, BigInt), dims);

function expectClose(one: Tensor | undefined, other: Tensor | undefined): void {
  expect(one?.dims).toEqual(other?.dims);
  const [a, b] = [one?.data as Float32Array, other?.data as Float32Array];
  const greatestOf = (values: Float32Array) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const greatest = greatestOf(a);
  expect(greatest).toBeGreaterThan(0.1);
  const difference = greatestOf(a.map((value, index) => value - (b[index] as number)));
  expect(difference).toBeLessThan(networkRoundingBound(bundledShape) * greatest);
}

const [texts, width, tokens, past, settled] = [3, 2, 32, 5, 3];

/** Some tokens of a cache. */
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
 * What a step is given: of each text the cross-attention cache once or for each row, and the self-attention cache in two
 * parts or in one.
 */
function feedsOf(session: InferenceSession, fused: boolean): Record<string, Tensor> {
  const rows = texts * width;
  const copies = fused ? 1 : width;
  const cross = (index: number, size: number) =>
    noise(fused ? index : Math.floor(index / size / width) * size + (index % size));
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
      if (!fused || name.includes("encoder")) return [name, cache];
      return [name, name.startsWith("recent") ? slice(cache, settled, past) : slice(cache, 0, settled)];
    }),
  );
}

describe.each(modelNames)("the attention of %s", (name) => {
  it("is done by one node each, with the same result, in the decoder", async () => {
    const { model, folder } = await read(name, "decoder_model_merged");
    const { step } = splitDecoder(model);
    const fused = fuseStep(step);
    expect(fused.fused).toBe(true);
    expect(countOf(fused.model, "Softmax")).toBe(0);
    expect(countOf(fused.model, "MultiHeadAttention")).toBe(countOf(step, "Softmax"));
    const run = async (graph: OnnxModel, isFused: boolean) => {
      const session = await openSession(graph, folder, { device: "cpu", threads: 1 });
      const results = await session.run(feedsOf(session, isFused));
      await session.release();
      return results;
    };
    const [apart, together] = [await run(step, false), await run(fused.model, true)];
    const expected = Object.entries(apart).map(([output, result]) =>
      output === "logits"
        ? ([output, result] as const)
        : // The recent part alone comes back, with the newest token.
          ([output.replace("present", "recent"), slice(result, settled, past + 1)] as const),
    );
    expect(Object.keys(together).sort()).toEqual(expected.map(([output]) => output).sort());
    for (const [output, result] of expected) expectClose(together[output], result);
  });

  it("is done by one node each, with the same result, in the encoder", async () => {
    const { model, folder } = await read(name, "encoder_model");
    const fused = fuseEncoder(model);
    expect(countOf(fused, "MultiHeadAttention")).toBe(countOf(model, "Softmax"));
    const input_ids = integers([0, 100, 200, 300, 400, 500, 2], [1, 7]);
    const [session, fusedSession] = [
      await openSession(model, folder, { device: "cpu", threads: 1 }),
      await openSession(fused, folder, { device: "cpu", threads: 1 }),
    ];
    const attention_mask = integers(new Array(7).fill(1), [1, 7]);
    const { last_hidden_state: apart } = await session.run({ input_ids, attention_mask });
    const { last_hidden_state: together } = await fusedSession.run({ input_ids });
    await session.release();
    await fusedSession.release();
    expectClose(together, apart);
  });

  it("is left as it is where scores are changed by something unknown", async () => {
    // What is added to the scores comes from somewhere else than a text's mask.
    const { step } = splitDecoder((await read(name, "decoder_model_merged")).model);
    const masked = change(step, (node) =>
      node.inputs.includes("encoder_attention_mask")
        ? { ...copy(node), inputs: node.inputs.map((at) => (at === "encoder_attention_mask" ? "input_ids" : at)) }
        : node,
    );
    expect(fuseStep(masked)).toEqual({ model: masked, fused: false });
  });
});

const countOf = ({ graph }: OnnxModel, type: string) => graph.nodes.filter(({ opType }) => opType === type).length;
const copy = ({ name, opType, domain, inputs, outputs, attributes }: Node): Node => ({
  ...{ name, opType, domain, inputs, outputs, attributes },
});
const change = (model: OnnxModel, how: (node: Node) => Node): OnnxModel => ({
  ...model,
  graph: { ...model.graph, nodes: model.graph.nodes.map(how) },
});
