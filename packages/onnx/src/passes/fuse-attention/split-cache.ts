import { integerAttribute } from "../../graph/attribute.js";
import type { Initializer, Node, Value } from "../../graph/model.js";
import { tensorType } from "../../graph/tensor-type.js";
import type { Attention } from "./match-attention.js";
import { dataTypes, makeIntegers, makeNode } from "./new-nodes.js";

/** What replaces `past_key_values` in the names of the tail of a self-attention cache: the newest few tokens. */
export const tailNames = { input: "tail_key_values", output: "tail" };

/** One part of a self-attention cache, the keys or the values of a layer, taken as two inputs: committed tokens and tail. */
export interface SplitCache {
  /** Names: all tokens but the tail, the tail, the tail with the newest token, and all of them. */
  committed: string;
  tail: string;
  newTail: string;
  present: string;
  /** [batch, 1, heads × headSize] of the newest token. */
  newest: string;
  heads: number;
  headSize: number;
}

export function splitCaches({ kind, past, present, key, value, heads, headSize }: Attention): SplitCache[] {
  if (kind !== "self") return [];
  return [key, value].map((newest, index) => {
    const committed = past[index] as string;
    return {
      committed,
      tail: committed.replace("past_key_values", tailNames.input),
      newTail: committed.replace("past_key_values", tailNames.output),
      present: present[index] as string,
      newest,
      heads,
      headSize,
    };
  });
}

/** The tail as an input of the graph. */
export const tailInput = (cache: SplitCache): Value => tailValue(cache.tail, cache, "tail");

/** The tail with the newest token as an output of the graph. */
export const tailOutput = (cache: SplitCache): Value => tailValue(cache.newTail, cache, "tail + 1");

function tailValue(name: string, { heads, headSize }: SplitCache, tokens: string): Value {
  return { name, type: tensorType(dataTypes.float32, ["rows", heads, tokens, headSize]) };
}

/** Appends the newest token to the tail, and the tail to the committed tokens. */
export function appendNodes({ committed, tail, newTail, present, newest, heads, headSize }: SplitCache): Node[] {
  const newestHeads = `${newTail}.newest`;
  const alongTokens = [integerAttribute("axis", 2)];
  return [
    makeNode("Reshape", [newest, headsName(heads, headSize)], newestHeads),
    makeNode("Concat", [tail, newestHeads], newTail, alongTokens),
    makeNode("Concat", [committed, newTail], present, alongTokens),
  ];
}

/** Computes the shape that the cache would have in one part. */
export function wholeShapeNodes({ committed, tail }: SplitCache, output: string): Node[] {
  const [committedShape, tailShape, tailTokens] = [`${output}.committed`, `${output}.tail`, `${output}.tail_tokens`];
  return [
    makeNode("Shape", [committed], committedShape),
    makeNode("Shape", [tail], tailShape),
    makeNode("Mul", [tailShape, tokensOnly], tailTokens),
    makeNode("Add", [committedShape, tailTokens], output),
  ];
}

const tokensOnly = "precis.tokens_only";
const headsName = (heads: number, headSize: number) => `precis.heads.${heads}.${headSize}`;

/** The constants that the nodes above use. */
export function cacheConstants(caches: readonly SplitCache[]): Initializer[] {
  const shapes = new Map(caches.map(({ heads, headSize }) => [headsName(heads, headSize), [-1, heads, 1, headSize]]));
  return [...[...shapes].map(([name, shape]) => makeIntegers(name, shape)), makeIntegers(tokensOnly, [0, 0, 1, 0])];
}
