import { readIntegers } from "./attribute.js";
import type { Graph, Initializer, Node } from "./model.js";

/** `TensorProto.DataType` */
const types = { float32: 1, int64: 7 };

/** Answers who makes, who uses and what is known of the values of a graph. */
export interface GraphLookup {
  maker(value: string): Node | undefined;
  users(value: string): readonly Node[];
  isInput(value: string): boolean;
  /** The number a value always is, a tensor of one element. */
  scalar(value: string | undefined): number | undefined;
  /** What is known of the numbers of a shape; undefined ones depend on the input. */
  shape(value: string | undefined): (number | undefined)[];
  /** How many numbers a projection makes of each token; undefined for what is none. */
  width(value: string): number | undefined;
  /** How a `Transpose` permutes; empty for other nodes. */
  permutation(node: Node | undefined): string;
  /** What a value's numbers come from: names of graph inputs, and `weights` for constants of several fractions. */
  sources(value: string): ReadonlySet<string>;
}

export const weights = " weights";

export function createGraphLookup(graph: Graph): GraphLookup {
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node])));
  const inputs = new Set(graph.inputs.map(({ name }) => name));
  const initializers = new Map(graph.initializers.map((initializer) => [initializer.name, initializer]));
  const users = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    for (const input of node.inputs) {
      const known = users.get(input);
      if (known === undefined) users.set(input, [node]);
      else known.push(node);
    }
  }
  const constant = (value: string): Initializer | undefined => {
    const maker = makers.get(value);
    return maker?.opType === "Constant" ? maker.attributes[0]?.tensor : initializers.get(value);
  };
  const numbers = (value: string): number[] => {
    const tensor = constant(value);
    if (tensor?.data.in !== "memory") return [];
    // Copied, since they may begin anywhere.
    const bytes = Uint8Array.from(tensor.data.bytes).buffer;
    if (tensor.dataType === types.float32) return [...new Float32Array(bytes)];
    return tensor.dataType === types.int64 ? [...new BigInt64Array(bytes)].map(Number) : [];
  };
  const known = new Map<string, ReadonlySet<string>>();
  const sources = (value: string): ReadonlySet<string> => {
    let found = known.get(value);
    if (found === undefined) {
      found = findSources(value);
      known.set(value, found);
    }
    return found;
  };
  const findSources = (value: string): ReadonlySet<string> => {
    if (inputs.has(value)) return new Set([value]);
    const tensor = constant(value);
    if (tensor !== undefined) {
      const several = tensor.dims.reduce((product, size) => product * size, 1) > 1;
      return new Set(several && tensor.dataType !== types.int64 ? [weights] : []);
    }
    const maker = makers.get(value);
    // A shape says nothing of the numbers.
    if (maker === undefined || maker.opType === "Shape") return new Set();
    return new Set(maker.inputs.flatMap((input) => (input === "" ? [] : [...sources(input)])));
  };

  const width = (value: string): number | undefined => {
    const maker = makers.get(value);
    const last = (input: string | undefined) => (input === undefined ? undefined : constant(input)?.dims.at(-1));
    if (maker?.opType === "MatMul") return last(maker.inputs[1]);
    if (maker?.opType === "Add") return maker.inputs.map(last).find((size) => size !== undefined);
    if (maker?.opType !== "MatMulNBits") return undefined;
    return maker.attributes.filter(({ name }) => name === "N").flatMap(readIntegers)[0];
  };

  return {
    width,
    maker: (value) => makers.get(value),
    users: (value) => users.get(value) ?? [],
    isInput: (value) => inputs.has(value),
    scalar: (value) => {
      const found = value === undefined ? [] : numbers(value);
      return found.length === 1 ? found[0] : undefined;
    },
    shape: (value) => {
      if (value === undefined) return [];
      const maker = makers.get(value);
      if (maker?.opType !== "Concat") return numbers(value);
      return maker.inputs.flatMap((input) => {
        const part = numbers(input);
        // One that is computed is one size.
        return part.length === 0 ? [undefined] : part;
      });
    },
    permutation: (node) => (node?.opType === "Transpose" ? node.attributes.flatMap(readIntegers).join("") : ""),
    sources,
  };
}
