import type { GraphLookup } from "../../graph/graph-lookup.js";
import type { Node } from "../../graph/model.js";

/** The product that a softmax is taken of, and the values added to it. */
export function matchScores(value: string, lookup: GraphLookup): { product: Node; added: string[] } | undefined {
  const node = lookup.producer(value);
  if (node?.opType === "Cast") return matchScores(node.inputs[0] ?? "", lookup);
  if (node?.opType === "MatMul") return { product: node, added: [] };
  if (node?.opType !== "Add") return undefined;
  const [first = "", second = ""] = node.inputs;
  for (const [term, added] of [
    [first, second],
    [second, first],
  ] as const) {
    const product = lookup.producer(term);
    if (product?.opType === "MatMul") return { product, added: [added] };
  }
  return undefined;
}

/** A value that may be multiplied by a constant. */
export function matchScaled(
  value: string | undefined,
  lookup: GraphLookup,
): { value: string; scale: number } | undefined {
  const node = value === undefined ? undefined : lookup.producer(value);
  if (node?.opType !== "Mul") return value === undefined ? undefined : { value, scale: 1 };
  const scale = lookup.scalar(node.inputs[1]);
  return scale === undefined ? undefined : { value: node.inputs[0] ?? "", scale };
}

export interface Heads {
  /** [batch, tokens, heads × headSize] */
  source: string;
  heads: number;
  headSize: number;
}

/** A value split into heads: reshaped to [batch, tokens, heads, headSize] and transposed. */
export function matchHeads(value: string | undefined, lookup: GraphLookup): Heads | undefined {
  const node = value === undefined ? undefined : lookup.producer(value);
  return lookup.permutation(node) === "0213" ? matchReshapedHeads(node?.inputs[0] ?? "", lookup) : undefined;
}

export function matchReshapedHeads(value: string, lookup: GraphLookup): Heads | undefined {
  const node = lookup.producer(value);
  if (node?.opType !== "Reshape") return undefined;
  const source = node.inputs[0] ?? "";
  const [, , given, headSize] = lookup.shape(node.inputs[1]);
  // -1 stands for as many heads as the width of the source allows.
  const heads = given === -1 ? (lookup.width(source) ?? Number.NaN) / (headSize ?? 1) : given;
  if (heads === undefined || headSize === undefined || !(Number.isInteger(heads) && headSize > 0)) return undefined;
  return { source, heads, headSize };
}

/** A cache to which the part of the newest token is appended. */
export function matchCache(value: string, lookup: GraphLookup): { past: string; newest: string } | undefined {
  const node = lookup.producer(value);
  const [past = "", newest] = node?.opType === "Concat" ? node.inputs : [];
  const source = matchHeads(newest, lookup)?.source;
  return lookup.isInput(past) && source !== undefined ? { past, newest: source } : undefined;
}

/** The values that a softmax weights, and the result with its heads merged again. */
export function matchMergedOutput(softmax: Node, lookup: GraphLookup): { value: string; output: string } | undefined {
  const onlyConsumer = (node: Node | undefined) => {
    const consumers = node === undefined ? [] : lookup.consumers(node.outputs[0] ?? "");
    return consumers.length === 1 ? consumers[0] : undefined;
  };
  let product = onlyConsumer(softmax);
  if (product?.opType === "Cast") product = onlyConsumer(product);
  const transposed = onlyConsumer(product);
  const merged = onlyConsumer(transposed);
  if (product?.opType !== "MatMul" || merged?.opType !== "Reshape") return undefined;
  if (lookup.permutation(transposed) !== "0213") return undefined;
  return { value: product.inputs[1] ?? "", output: merged.outputs[0] ?? "" };
}
