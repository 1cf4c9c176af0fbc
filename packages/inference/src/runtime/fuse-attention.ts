import {
  type Attribute,
  extractGraph,
  floatAttribute,
  type Graph,
  type Initializer,
  importMicrosoft,
  integerAttribute,
  type Node,
  type OnnxModel,
} from "@precis/onnx";
import { type Attention, findAttentions, textMask } from "./match-attention.js";

/** Of `TensorProto.DataType`. */
const [float32, int32, int64] = [1, 6, 7];
/** What stands for a score of something that is hidden: the least float32. */
const hidden = -3.402_823_466e38;

/**
 * An encoder whose attention is done by onnxruntime's `MultiHeadAttention`: a matrix of scores is never written out, and
 * the mask is left out, since a text that is alone has no padding. The same graph if its attention has another form.
 *
 * @see https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.MultiHeadAttention
 */
export function fuseEncoder(model: OnnxModel): OnnxModel {
  const found = findAttentions(model.graph, "alone");
  if (found === undefined) return model;
  return replace(model, found, (attention) => [attentionNode(attention, { query: attention.query })]);
}

export interface FusedStep {
  model: OnnxModel;
  /** Rows of a text share its cross-attention cache: of a beam search it is given once for each text, not for each row. */
  sharesCross: boolean;
}

/**
 * The same for a decoder's step, in which every row has one token. The rows of a text (its beams) are queries of the same
 * cross-attention cache. Nothing hides an earlier token from the newest, so the causal mask is left out.
 */
export function fuseStep(model: OnnxModel): FusedStep {
  const found = findAttentions(model.graph, "self", "cross");
  const cross = found?.find(({ kind }) => kind === "cross");
  if (found === undefined || cross === undefined) return { model, sharesCross: false };
  const fused = replace(model, found, fuseOne, groupRows(cross));
  return { model: fused, sharesCross: true };
}

function fuseOne(attention: Attention, index: number): Node[] {
  // Queries are scaled beforehand, for products that need no scaling have a faster kernel.
  const scaled = `precis.scaled.${index}`;
  const scaling = [makeNode("Mul", [attention.query, scaleName(attention.scale)], scaled)];
  const plain = { ...attention, scale: 1 };
  if (attention.kind === "self") return [...scaling, attentionNode(plain, { query: scaled })];
  const [query, output] = [`precis.query.${index}`, `precis.mixed.${index}`];
  return [
    ...scaling,
    makeNode("Reshape", [scaled, names.byText], query),
    attentionNode(plain, { query, output, mask: names.mask }),
    makeNode("Reshape", [output, names.byRow], attention.output),
  ];
}

/** The graph with each attention made by other nodes, and without those it was made by. */
function replace(
  { graph, rest }: OnnxModel,
  found: readonly Attention[],
  make: (attention: Attention, index: number) => Node[],
  added: Pick<Graph, "nodes" | "initializers"> = { nodes: [], initializers: [] },
): OnnxModel {
  const byOutput = new Map(found.map((attention, index) => [attention.output, { attention, index }]));
  const grown = new Map(found.flatMap(({ past, present }) => present.map((name, index) => [name, past[index] ?? ""])));
  const nodes = graph.nodes.flatMap((node) => {
    const output = node.outputs[0] ?? "";
    const at = byOutput.get(output);
    if (at !== undefined) return make(at.attention, at.index);
    if (grown.has(output)) return [];
    const past = node.opType === "Shape" ? grown.get(node.inputs[0] ?? "") : undefined;
    return past === undefined ? [node] : shapeOfGrown(past, output);
  });
  const changed: Graph = {
    ...graph,
    nodes: [...added.nodes, ...nodes],
    initializers: [
      ...graph.initializers,
      ...added.initializers,
      ...scales(found),
      integers(names.oneToken, [0, 0, 1, 0]),
    ],
  };
  return { graph: extractGraph(graph.name, [changed], graph.outputs), rest: importMicrosoft(rest) };
}

/** What the graph has besides what was in it. */
const names = {
  byText: "precis.by_text",
  byRow: "precis.by_row",
  mask: "precis.mask",
  oneToken: "precis.one_token",
};

/** Nodes that tell how rows are put together by text, and apart again; and the mask in the type it is wanted in. */
function groupRows({ key, heads, headSize }: Attention): Pick<Graph, "nodes" | "initializers"> {
  const width = heads * headSize;
  return {
    initializers: [
      integers("precis.first", [0]),
      integers("precis.rest", [-1, width]),
      integers(names.byRow, [-1, 1, width]),
    ],
    nodes: [
      makeNode("Shape", [key], "precis.cache_shape"),
      makeNode("Gather", ["precis.cache_shape", "precis.first"], "precis.texts"),
      makeNode("Concat", ["precis.texts", "precis.rest"], names.byText, [integerAttribute("axis", 0)]),
      makeNode("Cast", [textMask], names.mask, [integerAttribute("to", int32)]),
    ],
  };
}

const scaleName = (scale: number) => `precis.scale.${scale}`;

function scales(found: readonly Attention[]): Initializer[] {
  return [...new Set(found.map(({ scale }) => scale))].map((scale) => ({
    name: scaleName(scale),
    dataType: float32,
    dims: [],
    data: { in: "memory", bytes: new Uint8Array(Float32Array.of(scale).buffer) },
  }));
}

/** The shape of a cache after a token: of the one before it, so that it is known before attention has made the new one. */
function shapeOfGrown(past: string, output: string): Node[] {
  const before = `${output}.before`;
  return [makeNode("Shape", [past], before), makeNode("Add", [before, names.oneToken], output)];
}

function integers(name: string, values: number[]): Initializer {
  const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  return { name, dataType: int64, dims: [values.length], data: { in: "memory", bytes } };
}

function makeNode(opType: string, inputs: string[], output: string, attributes: Attribute[] = []): Node {
  return { name: output, opType, domain: "", inputs, outputs: [output], attributes };
}

function attentionNode(
  { heads, scale, key, value, bias, past, present, output }: Attention,
  given: { query: string; output?: string; mask?: string },
): Node {
  const inputs = [given.query, key, value, "", given.mask ?? "", bias, ...past];
  while (inputs.at(-1) === "") inputs.pop();
  return {
    name: `${output}/MultiHeadAttention`,
    opType: "MultiHeadAttention",
    domain: "com.microsoft",
    inputs,
    outputs: [given.output ?? output, ...present],
    attributes: [
      integerAttribute("num_heads", heads),
      floatAttribute("scale", scale),
      floatAttribute("mask_filter_value", hidden),
    ],
  };
}
