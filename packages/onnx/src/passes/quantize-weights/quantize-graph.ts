import type { Graph, Initializer, Node, TensorData } from "../../graph/model.js";
import { readValues } from "../../graph/read-values.js";
import { type Found, findTransposed, findWeight, usedNames } from "./find-weight.js";
import type { WeightFormat } from "./quantize-blocks.js";
import { hashMatrix, quantizeEmbedding, quantizeMatrix } from "./quantize-tensor.js";
import { embeddingNodes, productNode } from "./quantized-nodes.js";

/** Of `TensorProto.DataType`. */
const types = { float32: 1, uint8: 2, int8: 3 };
/** A matrix with fewer rows is no embedding of tokens: positions and the like stay as they are. */
const leastTokens = 4_096;

export interface QuantizeContext {
  /** Where the model's files are. */
  folder: string;
  format: WeightFormat;
  /** Takes values out of memory. */
  put(values: Uint8Array | Int8Array | Float32Array): TensorData;
}

/** A graph with quantized weights, all of them in its outermost level, and how much of it was quantized. */
export interface QuantizedGraph {
  graph: Graph;
  products: number;
  embeddings: number;
}

export function quantizeGraph(outer: Graph, { folder, format, put }: QuantizeContext): QuantizedGraph {
  const made = new Map<string, Initializer>();
  const names = new Map<Initializer, string>();
  const twins = new Map<string, string>();
  let products = 0;
  let embeddings = 0;
  const make = (name: string, dataType: number, dims: number[], values: Parameters<typeof put>[0]) =>
    made.set(name, { name, dataType, dims, data: put(values) });

  /** What a matrix is called in the outer graph; twins in two branches get one name. */
  const nameOf = ({ tensor, home }: Found): string => {
    if (home === outer) return tensor.name;
    let name = names.get(tensor);
    if (name === undefined) {
      const hash = hashMatrix(tensor, folder);
      name = twins.get(hash) ?? `shared_${twins.size}`;
      twins.set(hash, name);
      names.set(tensor, name);
    }
    return name;
  };

  const toProduct = (node: Node, weight: Found, transposed: boolean): Node => {
    const { tensor } = weight;
    const [inputs = 0, outputs = 0] = transposed ? [...tensor.dims].reverse() : tensor.dims;
    const name = `${nameOf(weight)}${transposed ? "_T" : ""}_Q${format.bits}`;
    if (!made.has(name)) {
      const { codes, scales } = quantizeMatrix(tensor, folder, format, transposed);
      const blocks = scales.length / outputs;
      make(name, types.uint8, [outputs, blocks, codes.length / scales.length], codes);
      make(`${name}_scales`, types.float32, [outputs, blocks], scales);
    }
    products += 1;
    return productNode(node, { ...format, weight: name, inputs, outputs });
  };

  const toEmbedding = (node: Node, weight: Found): Node[] => {
    const name = nameOf(weight);
    if (!made.has(`${name}_i8`)) {
      const { codes, scales } = quantizeEmbedding(weight.tensor, folder);
      make(`${name}_i8`, types.int8, weight.tensor.dims, codes);
      make(`${name}_scale`, types.float32, [scales.length, 1], scales);
    }
    embeddings += 1;
    return embeddingNodes(node, name);
  };

  const rewrite = (graph: Graph, around: readonly Graph[]): Graph => {
    const scope = [graph, ...around];
    const transposed = findTransposed(graph, scope);
    const rewriteNode = (node: Node): Node[] => {
      const [first, second = ""] = node.inputs;
      if (node.opType === "MatMul") {
        const weight = findWeight(second, scope);
        if (weight !== undefined) return [toProduct(node, weight, false)];
        const turned = transposed.get(second);
        if (turned !== undefined) return [toProduct(node, turned, true)];
      }
      if (node.opType === "Gather") {
        const weight = findWeight(first, scope);
        if (weight !== undefined && (weight.tensor.dims[0] ?? 0) > leastTokens) return toEmbedding(node, weight);
      }
      const attributes = node.attributes.map((attribute) =>
        attribute.graph === undefined ? attribute : { ...attribute, graph: rewrite(attribute.graph, scope) },
      );
      return [{ ...node, attributes }];
    };
    const rewritten = graph.nodes.flatMap(rewriteNode);
    const all = usedNames(rewritten, graph.outputs);
    const nodes = rewritten.filter(({ opType, outputs }) => opType !== "Transpose" || all.has(outputs[0] ?? ""));
    const used = usedNames(nodes, graph.outputs);
    const initializers = graph.initializers.filter(({ name }) => used.has(name));
    return { ...graph, nodes, initializers: graph === outer ? initializers : initializers.map(inMemory) };
  };
  /** What is not quantized of a branch: biases, norms, positions. */
  const inMemory = (tensor: Initializer): Initializer =>
    tensor.data.in === "file" ? { ...tensor, data: { in: "memory", bytes: readValues(folder, tensor) } } : tensor;

  const graph = rewrite(outer, []);
  return { graph: { ...graph, initializers: [...graph.initializers, ...made.values()] }, products, embeddings };
}
