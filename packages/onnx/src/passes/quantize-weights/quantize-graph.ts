import type { Graph, Initializer, Node, TensorData } from "../../graph/model.js";
import { readValues } from "../../graph/read-values.js";
import { type FoundWeight, findTransposed, findWeight, usedNames } from "./find-weight.js";
import type { WeightFormat } from "./quantize-blocks.js";
import { hashMatrix, quantizeEmbedding, quantizeMatrix } from "./quantize-tensor.js";
import { embeddingNodes, productNode } from "./quantized-nodes.js";

/** Of `TensorProto.DataType`. */
const types = { float32: 1, uint8: 2, int8: 3 };
/** A matrix with fewer rows is not a token embedding, and is not quantized: position embeddings, for example. */
const minTokens = 4_096;

export interface QuantizeContext {
  /** The folder of the model's files. */
  folder: string;
  format: WeightFormat;
  /** Moves values from memory to a file. */
  put(values: Uint8Array | Int8Array | Float32Array): TensorData;
}

/** A graph with all its quantized weights in the outermost level, and the number of quantized nodes. */
export interface QuantizedGraph {
  graph: Graph;
  products: number;
  embeddings: number;
}

export function quantizeGraph(outer: Graph, { folder, format, put }: QuantizeContext): QuantizedGraph {
  const quantized = new Map<string, Initializer>();
  const names = new Map<Initializer, string>();
  const namesByHash = new Map<string, string>();
  let products = 0;
  let embeddings = 0;
  const addTensor = (name: string, dataType: number, dims: number[], values: Parameters<typeof put>[0]) =>
    quantized.set(name, { name, dataType, dims, data: put(values) });

  /** The name of a matrix in the outer graph. Equal matrices in two branches get one name. */
  const nameOf = ({ tensor, home }: FoundWeight): string => {
    if (home === outer) return tensor.name;
    let name = names.get(tensor);
    if (name === undefined) {
      const hash = hashMatrix(tensor, folder);
      name = namesByHash.get(hash) ?? `shared_${namesByHash.size}`;
      namesByHash.set(hash, name);
      names.set(tensor, name);
    }
    return name;
  };

  const toProduct = (node: Node, weight: FoundWeight, transposed: boolean): Node => {
    const { tensor } = weight;
    const [inputs = 0, outputs = 0] = transposed ? [...tensor.dims].reverse() : tensor.dims;
    const name = `${nameOf(weight)}${transposed ? "_T" : ""}_Q${format.bits}`;
    if (!quantized.has(name)) {
      const { codes, scales } = quantizeMatrix(tensor, folder, format, transposed);
      const blocks = scales.length / outputs;
      addTensor(name, types.uint8, [outputs, blocks, codes.length / scales.length], codes);
      addTensor(`${name}_scales`, types.float32, [outputs, blocks], scales);
    }
    products += 1;
    return productNode(node, { ...format, weight: name, inputs, outputs });
  };

  const toEmbedding = (node: Node, weight: FoundWeight): Node[] => {
    const name = nameOf(weight);
    if (!quantized.has(`${name}_i8`)) {
      const { codes, scales } = quantizeEmbedding(weight.tensor, folder);
      addTensor(`${name}_i8`, types.int8, weight.tensor.dims, codes);
      addTensor(`${name}_scale`, types.float32, [scales.length, 1], scales);
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
        const transposedWeight = transposed.get(second);
        if (transposedWeight !== undefined) return [toProduct(node, transposedWeight, true)];
      }
      if (node.opType === "Gather") {
        const weight = findWeight(first, scope);
        if (weight !== undefined && (weight.tensor.dims[0] ?? 0) > minTokens) return toEmbedding(node, weight);
      }
      const attributes = node.attributes.map((attribute) =>
        attribute.graph === undefined ? attribute : { ...attribute, graph: rewrite(attribute.graph, scope) },
      );
      return [{ ...node, attributes }];
    };
    const rewritten = graph.nodes.flatMap(rewriteNode);
    const usedBefore = usedNames(rewritten, graph.outputs);
    const nodes = rewritten.filter(({ opType, outputs }) => opType !== "Transpose" || usedBefore.has(outputs[0] ?? ""));
    const used = usedNames(nodes, graph.outputs);
    const initializers = graph.initializers.filter(({ name }) => used.has(name));
    return { ...graph, nodes, initializers: graph === outer ? initializers : initializers.map(inMemory) };
  };
  /** For tensors of a branch that are not quantized: biases, norms, positions. */
  const inMemory = (tensor: Initializer): Initializer =>
    tensor.data.in === "file" ? { ...tensor, data: { in: "memory", bytes: readValues(folder, tensor) } } : tensor;

  const graph = rewrite(outer, []);
  return { graph: { ...graph, initializers: [...graph.initializers, ...quantized.values()] }, products, embeddings };
}
