import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { readModel } from "../codec/read-model.js";
import type { Node, OnnxModel } from "../graph/model.js";
import { prepareDecoder } from "./prepare-decoder.js";

const decoder = () =>
  readModel(
    fileURLToPath(new URL("../../../../models/mini/bart/onnx/decoder_model_merged_quantized.onnx", import.meta.url)),
  );

/** A decoder whose branches have another operator in place of Softmax. */
function withoutSoftmax(model: OnnxModel): OnnxModel {
  const changeNode = ({ name, opType, domain, inputs, outputs, attributes }: Node): Node => ({
    name,
    opType: opType === "Softmax" ? "Hardmax" : opType,
    domain,
    inputs,
    outputs,
    attributes: attributes.map((attribute) =>
      attribute.graph === undefined
        ? attribute
        : { ...attribute, graph: { ...attribute.graph, nodes: attribute.graph.nodes.map(changeNode) } },
    ),
  });
  return { ...model, graph: { ...model.graph, nodes: model.graph.nodes.map(changeNode) } };
}

it("splits and fuses a decoder that both passes recognize", () => {
  expect(prepareDecoder(decoder(), { fuse: true })).toMatchObject({ isSplit: true, isFused: true, notes: [] });
});

it("names the pass that did not recognize the graph, and still applies the other", () => {
  expect(prepareDecoder(withoutSoftmax(decoder()), { fuse: true })).toMatchObject({
    isSplit: true,
    isFused: false,
    notes: ["fuse-attention was not applied: no self attention was found"],
  });
});

it("has no note about a pass that the device does not need", () => {
  expect(prepareDecoder(withoutSoftmax(decoder()), { fuse: false })).toMatchObject({ isFused: false, notes: [] });
});
