import { floatAttribute, integerAttribute } from "../../graph/attribute.js";
import { extractGraph } from "../../graph/extract-graph.js";
import { importMicrosoft } from "../../graph/import-microsoft.js";
import type { Attribute, Graph, Initializer, Node, OnnxModel, Value } from "../../graph/model.js";
import { tensorType } from "../../graph/tensor-type.js";
import { type Attention, findAttentions, textMask } from "./match-attention.js";

/** What `past_key_values` is called for the last few tokens of a self-attention cache that is taken in two parts. */
export const recentNames = { input: "recent_key_values", output: "recent" };

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
  /**
   * Rows of a text share its cross-attention cache: of a beam search it is given once for each text, not for each row. And the
   * self-attention cache is given in two parts, of which only the recent one is handed back with the newest token in it.
   */
  fused: boolean;
}

/**
 * The same for a decoder's step, in which every row has one token. The rows of a text (its beams) are queries of the same
 * cross-attention cache. Nothing hides an earlier token from the newest, so the causal mask is left out.
 *
 * The self-attention cache of the last few tokens is an input of its own, `recent_key_values.*`, and comes back one longer as
 * `recent.*` in place of `present.*`: onnxruntime-node copies whatever a run hands back, and of a cache most stays as it was.
 */
export function fuseStep(model: OnnxModel): FusedStep {
  const found = findAttentions(model.graph, "self", "cross");
  const cross = found?.find(({ kind }) => kind === "cross");
  if (found === undefined || cross === undefined) return { model, fused: false };
  return { model: replace(model, found, fuseOne, groupRows(cross)), fused: true };
}

function fuseOne(attention: Attention, index: number): Node[] {
  // Queries are scaled beforehand, for products that need no scaling have a faster kernel.
  const scaled = `precis.scaled.${index}`;
  const scaling = [makeNode("Mul", [attention.query, scaleName(attention.scale)], scaled)];
  const plain = { ...attention, scale: 1 };
  if (attention.kind === "self") {
    const [key, value] = attention.present as [string, string];
    return [...scaling, attentionNode({ ...plain, key, value }, { query: scaled })];
  }
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
  const caches = found.flatMap(cachesOf);
  const [byPast, byPresent] = [indexBy(caches, "past"), indexBy(caches, "present")];
  const nodes = graph.nodes.flatMap((node) => {
    const output = node.outputs[0] ?? "";
    const at = byOutput.get(output);
    if (at !== undefined) return make(at.attention, at.index);
    const grown = byPresent.get(output);
    if (grown !== undefined) return growCache(grown);
    const past = node.opType === "Shape" ? byPast.get(node.inputs[0] ?? "") : undefined;
    return past === undefined ? [node] : shapeOfBoth(past, output);
  });
  const changed: Graph = {
    ...graph,
    inputs: [...graph.inputs, ...caches.map((cache) => recentValue(cache.recent, cache, "recent"))],
    nodes: [...added.nodes, ...nodes],
    initializers: [...graph.initializers, ...added.initializers, ...scales(found), ...constantsOf(caches)],
  };
  const outputs = graph.outputs.map((output) => {
    const cache = byPresent.get(output.name);
    return cache === undefined ? output : recentValue(cache.grown, cache, "recent + 1");
  });
  return { graph: extractGraph(graph.name, [changed], outputs), rest: importMicrosoft(rest) };
}

/** One part of a self-attention cache: keys or values of a layer. */
interface Cache {
  /** All but the recent tokens, the recent ones, those with the newest, and all of them. */
  past: string;
  recent: string;
  grown: string;
  present: string;
  /** A row of numbers for the newest token, all heads side by side. */
  newest: string;
  heads: number;
  headSize: number;
}

function cachesOf({ kind, past, present, key, value, heads, headSize }: Attention): Cache[] {
  if (kind !== "self") return [];
  return [key, value].map((newest, index) => {
    const name = past[index] as string;
    return {
      past: name,
      recent: name.replace("past_key_values", recentNames.input),
      grown: name.replace("past_key_values", recentNames.output),
      present: present[index] as string,
      newest,
      heads,
      headSize,
    };
  });
}

const indexBy = (caches: readonly Cache[], field: "past" | "present") =>
  new Map(caches.map((cache) => [cache[field], cache]));

function recentValue(name: string, { heads, headSize }: Cache, tokens: string): Value {
  return { name, type: tensorType(float32, ["rows", heads, tokens, headSize]) };
}

/** The newest token is appended to the recent ones, and these to all others. */
function growCache({ past, recent, grown, present, newest, heads, headSize }: Cache): Node[] {
  const apart = `${grown}.newest`;
  const alongTokens = [integerAttribute("axis", 2)];
  return [
    makeNode("Reshape", [newest, headsName(heads, headSize)], apart),
    makeNode("Concat", [recent, apart], grown, alongTokens),
    makeNode("Concat", [past, grown], present, alongTokens),
  ];
}

/** The shape of a cache as if it were in one part. */
function shapeOfBoth({ past, recent }: Cache, output: string): Node[] {
  const [older, newer, tokens] = [`${output}.older`, `${output}.newer`, `${output}.tokens`];
  return [
    makeNode("Shape", [past], older),
    makeNode("Shape", [recent], newer),
    makeNode("Mul", [newer, names.tokensOnly], tokens),
    makeNode("Add", [older, tokens], output),
  ];
}

const headsName = (heads: number, headSize: number) => `precis.heads.${heads}.${headSize}`;

function constantsOf(caches: readonly Cache[]): Initializer[] {
  const shapes = new Map(caches.map(({ heads, headSize }) => [headsName(heads, headSize), [-1, heads, 1, headSize]]));
  return [...[...shapes].map(([name, shape]) => integers(name, shape)), integers(names.tokensOnly, [0, 0, 1, 0])];
}

/** What the graph has besides what was in it. */
const names = {
  byText: "precis.by_text",
  byRow: "precis.by_row",
  mask: "precis.mask",
  tokensOnly: "precis.tokens_only",
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

function integers(name: string, values: number[]): Initializer {
  const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  return { name, dataType: int64, dims: [values.length], data: { in: "memory", bytes } };
}

function makeNode(opType: string, inputs: string[], output: string, attributes: Attribute[] = []): Node {
  return { name: output, opType, domain: "", inputs, outputs: [output], attributes };
}

function attentionNode(
  { heads, scale, key, value, bias, output }: Attention,
  given: { query: string; output?: string; mask?: string },
): Node {
  const inputs = [given.query, key, value, "", given.mask ?? "", bias];
  while (inputs.at(-1) === "") inputs.pop();
  return {
    name: `${output}/MultiHeadAttention`,
    opType: "MultiHeadAttention",
    domain: "com.microsoft",
    inputs,
    outputs: [given.output ?? output],
    attributes: [
      integerAttribute("num_heads", heads),
      floatAttribute("scale", scale),
      floatAttribute("mask_filter_value", hidden),
    ],
  };
}
