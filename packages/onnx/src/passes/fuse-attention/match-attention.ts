import { createGraphLookup, type GraphLookup, weights } from "../../graph/graph-lookup.js";
import type { Graph, Node } from "../../graph/model.js";

/** Attention as an exporter writes it: dozens of nodes for what one of onnxruntime's own does. */
export interface Attention {
  kind: "self" | "cross" | "alone";
  heads: number;
  headSize: number;
  /** What the scores are multiplied with. */
  scale: number;
  /** A row of numbers for each token, all heads side by side. */
  query: string;
  /** The same; of cross attention the cache, where heads lie apart. */
  key: string;
  value: string;
  /** What is added to the scores because of positions; empty for nothing. */
  bias: string;
  /** The caches of self attention, before and after. */
  past: readonly string[];
  present: readonly string[];
  /** What is made of it, in the query's form. */
  output: string;
}

/** The input that says which tokens of a text are none. */
export const textMask = "encoder_attention_mask";

/** Every attention of a graph; undefined when there is one of another form or kind. */
export function findAttentions(graph: Graph, ...kinds: Attention["kind"][]): Attention[] | undefined {
  const look = createGraphLookup(graph);
  const found: Attention[] = [];
  for (const node of graph.nodes) {
    if (node.opType !== "Softmax") continue;
    const attention = matchAttention(node, look);
    if (attention === undefined || !kinds.includes(attention.kind)) return undefined;
    found.push(attention);
  }
  return found.length === 0 ? undefined : found;
}

function matchAttention(softmax: Node, look: GraphLookup): Attention | undefined {
  const scores = matchScores(softmax.inputs[0] ?? "", look);
  const query = matchScaled(scores?.product.inputs[0], look);
  const scaledKey = matchScaled(scores?.product.inputs[1], look);
  const split = matchSplit(query?.value, look);
  const mixed = matchMix(softmax, look);
  if (scores === undefined || query === undefined || scaledKey === undefined || !split || !mixed) return undefined;
  const { heads, headSize, source } = split;
  const turned = look.maker(scaledKey.value);
  const keySource = turned?.inputs[0] ?? "";
  const key =
    look.permutation(turned) === "0231"
      ? matchReshape(keySource, look)?.source
      : look.permutation(turned) === "0132"
        ? keySource
        : undefined;
  if (key === undefined) return undefined;
  const common = { heads, headSize, scale: query.scale * scaledKey.scale, query: source, output: mixed.output };
  const from = [key, mixed.value];
  if (from.every(look.isInput)) {
    // Whatever is added may come from the mask alone, which is given in another way.
    if (scores.added.some((part) => [...look.sources(part)].some((name) => name !== textMask))) return undefined;
    return { ...common, kind: "cross", key, value: mixed.value, bias: "", past: [], present: [] };
  }
  const caches = from.map((cache) => matchCache(cache, look));
  if (caches[0] !== undefined && caches[1] !== undefined) {
    const bias = positions(scores.added, look, []);
    if (bias === undefined) return undefined;
    const [{ past: pastKey, newest: newKey }, { past: pastValue, newest: newValue }] = [caches[0], caches[1]];
    const both = { past: [pastKey, pastValue], present: from };
    return { ...common, kind: "self", key: newKey, value: newValue, bias, ...both };
  }
  const bias = positions(scores.added, look, ["attention_mask"]);
  const alone = look.permutation(turned) === "0231" ? key : matchSplit(key, look)?.source;
  const value = matchSplit(mixed.value, look)?.source;
  if (bias === undefined || alone === undefined || value === undefined) return undefined;
  return { ...common, kind: "alone", key: alone, value, bias, past: [], present: [] };
}

/** The product a softmax is taken of, and what is added to it. */
function matchScores(value: string, look: GraphLookup): { product: Node; added: string[] } | undefined {
  const node = look.maker(value);
  if (node?.opType === "Cast") return matchScores(node.inputs[0] ?? "", look);
  if (node?.opType === "MatMul") return { product: node, added: [] };
  if (node?.opType !== "Add") return undefined;
  const [one = "", other = ""] = node.inputs;
  for (const [inner, added] of [
    [one, other],
    [other, one],
  ] as const) {
    const product = look.maker(inner);
    if (product?.opType === "MatMul") return { product, added: [added] };
  }
  return undefined;
}

/** A value that may be multiplied with a constant. */
function matchScaled(value: string | undefined, look: GraphLookup): { value: string; scale: number } | undefined {
  const node = value === undefined ? undefined : look.maker(value);
  if (node?.opType !== "Mul") return value === undefined ? undefined : { value, scale: 1 };
  const scale = look.scalar(node.inputs[1]);
  return scale === undefined ? undefined : { value: node.inputs[0] ?? "", scale };
}

interface Split {
  source: string;
  heads: number;
  headSize: number;
}

/** Heads laid apart: a row of numbers for each token, reshaped and transposed. */
function matchSplit(value: string | undefined, look: GraphLookup): Split | undefined {
  const node = value === undefined ? undefined : look.maker(value);
  return look.permutation(node) === "0213" ? matchReshape(node?.inputs[0] ?? "", look) : undefined;
}

function matchReshape(value: string, look: GraphLookup): Split | undefined {
  const node = look.maker(value);
  if (node?.opType !== "Reshape") return undefined;
  const source = node.inputs[0] ?? "";
  const [, , given, headSize] = look.shape(node.inputs[1]);
  // -1 stands for as many as there are.
  const heads = given === -1 ? (look.width(source) ?? Number.NaN) / (headSize ?? 1) : given;
  if (heads === undefined || headSize === undefined || !(Number.isInteger(heads) && headSize > 0)) return undefined;
  return { source, heads, headSize };
}

/** A cache that the newest token's part is appended to. */
function matchCache(value: string, look: GraphLookup): { past: string; newest: string } | undefined {
  const node = look.maker(value);
  const [past = "", newest] = node?.opType === "Concat" ? node.inputs : [];
  const source = matchSplit(newest, look)?.source;
  return look.isInput(past) && source !== undefined ? { past, newest: source } : undefined;
}

/** What is done with a softmax: mixed values, heads side by side again. */
function matchMix(softmax: Node, look: GraphLookup): { value: string; output: string } | undefined {
  const onlyUser = (node: Node | undefined) => {
    const users = node === undefined ? [] : look.users(node.outputs[0] ?? "");
    return users.length === 1 ? users[0] : undefined;
  };
  let product = onlyUser(softmax);
  if (product?.opType === "Cast") product = onlyUser(product);
  const transposed = onlyUser(product);
  const joined = onlyUser(transposed);
  if (product?.opType !== "MatMul" || joined?.opType !== "Reshape") return undefined;
  if (look.permutation(transposed) !== "0213") return undefined;
  return { value: product.inputs[1] ?? "", output: joined.outputs[0] ?? "" };
}

/**
 * Of what is added to scores, that which says something of positions; masks are left out, which come from `masks` or
 * from sizes alone. Undefined when that cannot be told apart.
 */
function positions(added: readonly string[], look: GraphLookup, masks: readonly string[]): string | undefined {
  const kept: string[] = [];
  for (const value of added) {
    const node = look.maker(value);
    const parts = node?.opType === "Add" ? node.inputs : [value];
    for (const part of parts) {
      const sources = [...look.sources(part)];
      if (sources.some((name) => name !== weights && !masks.includes(name))) return undefined;
      if (sources.includes(weights)) {
        if (sources.length > 1) return undefined;
        kept.push(part);
      }
    }
  }
  return kept.length > 1 ? undefined : (kept[0] ?? "");
}
