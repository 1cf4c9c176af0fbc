import { readIntegers } from "./attribute.js";
import type { Graph, Initializer, Node } from "./model.js";

/** `TensorProto.DataType` */
const types = { float32: 1, int64: 7 };

/** Which nodes produce and consume the values of a graph, and what is known of the values without running it. */
export interface GraphLookup {
  producer(value: string): Node | undefined;
  consumers(value: string): readonly Node[];
  isInput(value: string): boolean;
  /** The number in a constant tensor of one element; undefined for every other value. */
  scalar(value: string | undefined): number | undefined;
  /** The sizes in a shape, as far as they are constant; those that depend on the input are undefined. */
  shape(value: string | undefined): (number | undefined)[];
  /** How many numbers a projection produces for each token; undefined if the value is no projection. */
  width(value: string): number | undefined;
  /** The permutation of a `Transpose` as digits, such as `0213`; empty for other nodes. */
  permutation(node: Node | undefined): string;
  /** The names of the graph inputs that a value is computed from, and `weights` if constant tensors contribute. */
  sources(value: string): ReadonlySet<string>;
}

/** Stands for constant tensors of several floats among the sources of a value; no input's name begins with a space. */
export const weights = " weights";

export function createGraphLookup(graph: Graph): GraphLookup {
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node])));
  const inputs = new Set(graph.inputs.map(({ name }) => name));
  const initializers = new Map(graph.initializers.map((initializer) => [initializer.name, initializer]));
  const consumers = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    for (const input of node.inputs) {
      const known = consumers.get(input);
      if (known === undefined) consumers.set(input, [node]);
      else known.push(node);
    }
  }
  const constant = (value: string): Initializer | undefined => {
    const producer = producers.get(value);
    return producer?.opType === "Constant" ? producer.attributes[0]?.tensor : initializers.get(value);
  };
  const numbers = (value: string): number[] => {
    const tensor = constant(value);
    if (tensor?.data.in !== "memory") return [];
    // A typed array needs an aligned buffer; the bytes may begin at any offset.
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
      const isVector = tensor.dims.reduce((product, size) => product * size, 1) > 1;
      return new Set(isVector && tensor.dataType !== types.int64 ? [weights] : []);
    }
    const producer = producers.get(value);
    // A shape does not depend on the numbers in a tensor.
    if (producer === undefined || producer.opType === "Shape") return new Set();
    return new Set(producer.inputs.flatMap((input) => (input === "" ? [] : [...sources(input)])));
  };

  const width = (value: string): number | undefined => {
    const producer = producers.get(value);
    const last = (input: string | undefined) => (input === undefined ? undefined : constant(input)?.dims.at(-1));
    if (producer?.opType === "MatMul") return last(producer.inputs[1]);
    if (producer?.opType === "Add") return producer.inputs.map(last).find((size) => size !== undefined);
    if (producer?.opType !== "MatMulNBits") return undefined;
    return producer.attributes.filter(({ name }) => name === "N").flatMap(readIntegers)[0];
  };

  return {
    width,
    producer: (value) => producers.get(value),
    consumers: (value) => consumers.get(value) ?? [],
    isInput: (value) => inputs.has(value),
    scalar: (value) => {
      const found = value === undefined ? [] : numbers(value);
      return found.length === 1 ? found[0] : undefined;
    },
    shape: (value) => {
      if (value === undefined) return [];
      const producer = producers.get(value);
      if (producer?.opType !== "Concat") return numbers(value);
      return producer.inputs.flatMap((input) => {
        const part = numbers(input);
        // A computed part is a single size.
        return part.length === 0 ? [undefined] : part;
      });
    },
    permutation: (node) => (node?.opType === "Transpose" ? node.attributes.flatMap(readIntegers).join("") : ""),
    sources,
  };
}
