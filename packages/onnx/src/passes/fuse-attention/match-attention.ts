import { createGraphLookup, type GraphLookup, weights } from "../../graph/graph-lookup.js";
import type { Graph, Node } from "../../graph/model.js";
import {
  matchCache,
  matchHeads,
  matchMergedOutput,
  matchReshapedHeads,
  matchScaled,
  matchScores,
} from "./match-patterns.js";

/** Attention as an exporter writes it: dozens of nodes for what a single operator of onnxruntime computes. */
export interface Attention {
  /** Self-attention of an encoder; self-attention of a decoder, with a cache; or cross-attention. */
  kind: "encoder" | "self" | "cross";
  heads: number;
  headSize: number;
  /** The factor of the scores. */
  scale: number;
  /** [batch, tokens, heads × headSize] */
  query: string;
  /** The same, of the new tokens; for cross-attention the cache, [batch, heads, tokens, headSize]. */
  key: string;
  value: string;
  /** The position bias added to the scores; empty for none. */
  bias: string;
  /** Key and value of a decoder's self-attention cache, before and after the step. */
  past: readonly string[];
  present: readonly string[];
  /** In the shape of the query. */
  output: string;
}

/** Why a graph was not recognized. */
export interface Mismatch {
  reason: string;
}

/** The input that masks the padding of a text. */
export const textMask = "encoder_attention_mask";

/** Every attention of a graph, or why one of them is not of a form and kind that can be fused. */
export function findAttentions(graph: Graph, ...kinds: Attention["kind"][]): Attention[] | Mismatch {
  const lookup = createGraphLookup(graph);
  const found: Attention[] = [];
  for (const node of graph.nodes) {
    if (node.opType !== "Softmax") continue;
    const attention = matchAttention(node, lookup);
    const problem = "reason" in attention ? attention.reason : problemOfKind(attention, kinds);
    if (problem !== undefined) return { reason: `${problem} (${node.name || node.outputs[0]})` };
    if (!("reason" in attention)) found.push(attention);
  }
  for (const kind of kinds) {
    if (!found.some((attention) => attention.kind === kind)) return { reason: `no ${kind} attention was found` };
  }
  return found;
}

function problemOfKind({ kind }: Attention, kinds: readonly Attention["kind"][]): string | undefined {
  return kinds.includes(kind) ? undefined : `${kind} attention is not expected in this graph`;
}

function matchAttention(softmax: Node, lookup: GraphLookup): Attention | Mismatch {
  const scores = matchScores(softmax.inputs[0] ?? "", lookup);
  if (scores === undefined) return { reason: "the scores are not one product and at most one added value" };
  const query = matchScaled(scores.product.inputs[0], lookup);
  const scaledKey = matchScaled(scores.product.inputs[1], lookup);
  if (query === undefined || scaledKey === undefined) return { reason: "the scale of the scores is not a constant" };
  const queryHeads = matchHeads(query.value, lookup);
  if (queryHeads === undefined) return { reason: "the query is not split into heads by Reshape and Transpose" };
  const merged = matchMergedOutput(softmax, lookup);
  if (merged === undefined) return { reason: "the output is not merged from heads by MatMul, Transpose and Reshape" };
  const transposed = lookup.producer(scaledKey.value);
  const keySource = transposed?.inputs[0] ?? "";
  const isTransposedOnce = lookup.permutation(transposed) === "0231";
  const key = isTransposedOnce
    ? matchReshapedHeads(keySource, lookup)?.source
    : lookup.permutation(transposed) === "0132"
      ? keySource
      : undefined;
  if (key === undefined) return { reason: "the key is not split into heads and transposed" };

  const { heads, headSize, source } = queryHeads;
  const common = { heads, headSize, scale: query.scale * scaledKey.scale, query: source, output: merged.output };
  const keyAndValue = [key, merged.value];
  if (keyAndValue.every(lookup.isInput)) {
    // The mask is passed to the fused node in another form, so nothing else may be added.
    if (scores.added.some((part) => [...lookup.sources(part)].some((name) => name !== textMask))) {
      return { reason: `something other than ${textMask} is added to the scores` };
    }
    return { ...common, kind: "cross", key, value: merged.value, bias: "", past: [], present: [] };
  }
  const [keyCache, valueCache] = keyAndValue.map((cache) => matchCache(cache, lookup));
  if (keyCache !== undefined && valueCache !== undefined) {
    const bias = positionBias(scores.added, lookup, []);
    if (bias === undefined) return { reason: unknownAddition };
    const caches = { past: [keyCache.past, valueCache.past], present: keyAndValue };
    return { ...common, kind: "self", key: keyCache.newest, value: valueCache.newest, bias, ...caches };
  }
  const bias = positionBias(scores.added, lookup, ["attention_mask"]);
  if (bias === undefined) return { reason: unknownAddition };
  const encoderKey = isTransposedOnce ? key : matchHeads(key, lookup)?.source;
  const value = matchHeads(merged.value, lookup)?.source;
  if (encoderKey === undefined || value === undefined) {
    return { reason: "key and value are neither cached nor split into heads" };
  }
  return { ...common, kind: "encoder", key: encoderKey, value, bias, past: [], present: [] };
}

const unknownAddition = "something other than masks and one position bias is added to the scores";

/**
 * The position bias among the values added to the scores. Masks are left out: they depend on `masks` or on sizes alone.
 * Undefined when a value is neither, or mixes both.
 */
function positionBias(added: readonly string[], lookup: GraphLookup, masks: readonly string[]): string | undefined {
  const biases: string[] = [];
  for (const value of added) {
    const node = lookup.producer(value);
    const parts = node?.opType === "Add" ? node.inputs : [value];
    for (const part of parts) {
      const sources = [...lookup.sources(part)];
      if (sources.some((name) => name !== weights && !masks.includes(name))) return undefined;
      if (sources.includes(weights)) {
        if (sources.length > 1) return undefined;
        biases.push(part);
      }
    }
  }
  return biases.length > 1 ? undefined : (biases[0] ?? "");
}
