import { integerAttribute } from "../../graph/attribute.js";
import type { Initializer, Node, OnnxModel } from "../../graph/model.js";
import type { PassResult } from "../pass-result.js";
import { type Attention, findAttentions, textMask } from "./match-attention.js";
import { dataTypes, makeAttentionNode, makeIntegers, makeNode, makeScalar } from "./new-nodes.js";
import { type Additions, replaceAttentions } from "./replace-attention.js";

/**
 * Replaces the attention of an encoder by onnxruntime's `MultiHeadAttention`, which never writes the matrix of scores out.
 * The mask is left out: an encoder pass reads one text, which has no padding.
 */
export function fuseEncoder(model: OnnxModel): PassResult {
  const found = findAttentions(model.graph, "encoder");
  if ("reason" in found) return { model, applied: false, reason: found.reason };
  const make = (attention: Attention) => [makeAttentionNode(attention, { query: attention.query })];
  return { model: replaceAttentions(model, found, make), applied: true };
}

/**
 * Replaces the attention of a decoder step, which has one token per sequence, by onnxruntime's `MultiHeadAttention`. The
 * causal mask is left out, since the newest token may attend to every earlier one. The inputs change:
 *
 * - The beams of a text are queries of the same cross-attention cache, which is passed once per text, not per beam.
 * - The self-attention cache is passed in two parts, because onnxruntime-node copies whatever a run returns and most of a
 *   cache does not change: `past_key_values.*` holds the committed tokens, `tail_key_values.*` the newest few. Only the tail
 *   is returned, one token longer, as `tail.*` in place of `present.*`.
 */
export function fuseDecoderStep(model: OnnxModel): PassResult {
  const found = findAttentions(model.graph, "self", "cross");
  if ("reason" in found) return { model, applied: false, reason: found.reason };
  const cross = found.find(({ kind }) => kind === "cross") as Attention;
  const { nodes, initializers } = groupByText(cross);
  const added = { nodes, initializers: [...initializers, ...scaleConstants(found)] };
  return { model: replaceAttentions(model, found, fuseStepAttention, added), applied: true };
}

function fuseStepAttention(attention: Attention, index: number): Node[] {
  // Scaling the query first selects a faster kernel, for products without a scale.
  const scaled = `precis.scaled.${index}`;
  const scaling = makeNode("Mul", [attention.query, scaleName(attention.scale)], scaled);
  const unscaled = { ...attention, scale: 1 };
  if (attention.kind === "self") {
    const [key, value] = attention.present as [string, string];
    return [scaling, makeAttentionNode({ ...unscaled, key, value }, { query: scaled })];
  }
  const [query, output] = [`precis.query.${index}`, `precis.output.${index}`];
  return [
    scaling,
    makeNode("Reshape", [scaled, names.byText], query),
    makeAttentionNode(unscaled, { query, output, mask: names.mask }),
    makeNode("Reshape", [output, names.bySequence], attention.output),
  ];
}

/** Values that this pass adds to a graph. */
const names = { byText: "precis.by_text", bySequence: "precis.by_sequence", mask: "precis.mask" };

/** The shapes that group sequences by text and ungroup them again, and the mask in the type that the operator takes. */
function groupByText({ key, heads, headSize }: Attention): Additions {
  const width = heads * headSize;
  return {
    initializers: [
      makeIntegers("precis.first", [0]),
      makeIntegers("precis.rest", [-1, width]),
      makeIntegers(names.bySequence, [-1, 1, width]),
    ],
    nodes: [
      makeNode("Shape", [key], "precis.cache_shape"),
      makeNode("Gather", ["precis.cache_shape", "precis.first"], "precis.texts"),
      makeNode("Concat", ["precis.texts", "precis.rest"], names.byText, [integerAttribute("axis", 0)]),
      makeNode("Cast", [textMask], names.mask, [integerAttribute("to", dataTypes.int32)]),
    ],
  };
}

const scaleName = (scale: number) => `precis.scale.${scale}`;

function scaleConstants(found: readonly Attention[]): Initializer[] {
  return [...new Set(found.map(({ scale }) => scale))].map((scale) => makeScalar(scaleName(scale), scale));
}
