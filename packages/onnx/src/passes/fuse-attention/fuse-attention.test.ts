import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readModel } from "../../codec/read-model.js";
import type { Node, OnnxModel } from "../../graph/model.js";
import { splitDecoder } from "../split-decoder/split-decoder.js";
import { fuseDecoderStep, fuseEncoder } from "./fuse-attention.js";

const read = (name: string, network: string) =>
  readModel(
    fileURLToPath(new URL(`../../../../../models/mini/${name}/onnx/${network}_quantized.onnx`, import.meta.url)),
  );

function readStep(name: string): OnnxModel {
  const split = splitDecoder(read(name, "decoder_model_merged"));
  if (!split.applied) throw new Error(split.reason);
  return split.step;
}

const count = ({ graph }: OnnxModel, type: string) => graph.nodes.filter(({ opType }) => opType === type).length;

describe.each(["bart", "t5"])("%s", (name) => {
  it("has one node per attention in a fused decoder step, and takes the cache in two parts", () => {
    const step = readStep(name);
    const fused = fuseDecoderStep(step);
    expect(fused.applied).toBe(true);
    expect(count(fused.model, "Softmax")).toBe(0);
    expect(count(fused.model, "MultiHeadAttention")).toBe(count(step, "Softmax"));
    const names = (values: { name: string }[]) => values.map((value) => value.name);
    const caches = names(step.graph.inputs).filter((input) => /^past_key_values\.\d+\.decoder/.test(input));
    expect(caches).toHaveLength(8);
    expect(names(fused.model.graph.inputs).sort()).toEqual(
      [
        ...names(step.graph.inputs),
        ...caches.map((input) => input.replace("past_key_values", "tail_key_values")),
      ].sort(),
    );
    expect(names(fused.model.graph.outputs)).toEqual(
      names(step.graph.outputs).map((output) => output.replace("present", "tail")),
    );
  });

  it("has one node per attention in a fused encoder, which takes no mask", () => {
    const encoder = read(name, "encoder_model");
    const fused = fuseEncoder(encoder);
    expect(fused.applied).toBe(true);
    expect(count(fused.model, "Softmax")).toBe(0);
    expect(count(fused.model, "MultiHeadAttention")).toBe(count(encoder, "Softmax"));
    expect(fused.model.graph.inputs.map((input) => input.name)).toEqual(["input_ids"]);
  });
});

describe("a graph that is not recognized comes back unchanged, with the reason:", () => {
  const change = (model: OnnxModel, changeNode: (node: Node) => Partial<Node>): OnnxModel => ({
    ...model,
    graph: {
      ...model.graph,
      nodes: model.graph.nodes.map((node) => {
        const { name, opType, domain, inputs, outputs, attributes } = node;
        return { name, opType, domain, inputs, outputs, attributes, ...changeNode(node) };
      }),
    },
  });
  const reasonFor = (pass: typeof fuseEncoder, model: OnnxModel): string => {
    const result = pass(model);
    if (result.applied) throw new Error("the attention was fused");
    expect(result.model).toBe(model);
    return result.reason;
  };
  const softmax = /\(.*Softmax.*\)$/;

  it("an unknown value is added to the scores of cross-attention", () => {
    const masked = change(readStep("bart"), ({ inputs }) => ({
      inputs: inputs.map((input) => (input === "encoder_attention_mask" ? "input_ids" : input)),
    }));
    const reason = reasonFor(fuseDecoderStep, masked);
    expect(reason).toContain("something other than encoder_attention_mask is added to the scores");
    expect(reason).toMatch(softmax);
  });

  it("an unknown value is added to the scores of an encoder", () => {
    const masked = change(read("t5", "encoder_model"), ({ inputs }) => ({
      inputs: inputs.map((input) => (input === "attention_mask" ? "input_ids" : input)),
    }));
    expect(reasonFor(fuseEncoder, masked)).toContain("something other than masks and one position bias is added");
  });

  it.each([
    ["MatMul", "the scores are not one product and at most one added value"],
    ["Transpose", "the query is not split into heads"],
    ["Reshape", "the query is not split into heads"],
  ])("%s is another operator", (operator, reason) => {
    const other = change(read("bart", "encoder_model"), ({ opType }) =>
      opType === operator ? { opType: "Other" } : {},
    );
    expect(reasonFor(fuseEncoder, other)).toContain(reason);
  });

  it("no attention, or only one of two kinds", () => {
    const none = change(readStep("bart"), ({ opType }) => (opType === "Softmax" ? { opType: "Sigmoid" } : {}));
    expect(reasonFor(fuseDecoderStep, none)).toBe("no self attention was found");
    expect(reasonFor(fuseEncoder, readStep("bart"))).toContain("attention is not expected in this graph");
  });
});
