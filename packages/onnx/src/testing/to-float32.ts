import type { Graph, Initializer, Node, OnnxModel } from "../graph/model.js";
import { readValues } from "../graph/read-values.js";

const float32 = 1;

/**
 * Converts a bundled network, whose weights have 8 bits, to the same weights in float32 and the operators that an exporter
 * writes: `MatMul` and `Gather`. Quantized again in the same blocks, the weights have the same 8 bits.
 *
 * @param folder the folder of the weights; those of the result are in memory
 */
export function toFloat32({ graph, rest }: OnnxModel, folder: string): OnnxModel {
  const tensors = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]));
  const made = new Map<string, Initializer>();
  const bytesOf = (name: string) => readValues(folder, tensors.get(name) as Initializer).slice();
  const scalesOf = (name: string) => new Float32Array(bytesOf(name).buffer);
  const addTensor = (name: string, dims: number[], values: Float32Array) => {
    made.set(name, { name, dataType: float32, dims, data: { in: "memory", bytes: new Uint8Array(values.buffer) } });
  };

  const toProduct = (node: Node): Node => {
    const [input = "", weight = "", scaleName = ""] = node.inputs;
    const name = `${weight}_float32`;
    if (!made.has(name)) {
      const [outputs = 0, blocks = 0, block = 0] = (tensors.get(weight) as Initializer).dims;
      const [codes, scales] = [bytesOf(weight), scalesOf(scaleName)];
      const inputs = blocks * block;
      const values = new Float32Array(inputs * outputs);
      for (let output = 0; output < outputs; output += 1) {
        for (let at = 0; at < inputs; at += 1) {
          const scale = scales[output * blocks + Math.floor(at / block)] as number;
          values[at * outputs + output] = ((codes[output * inputs + at] as number) - 128) * scale;
        }
      }
      addTensor(name, [inputs, outputs], values);
    }
    return { ...node, opType: "MatMul", domain: "", inputs: [input, name], attributes: [] };
  };

  const toEmbedding = (gather: Node, product: Node): Node => {
    const [codesName = "", ids = ""] = gather.inputs;
    const name = codesName.replace(/_i8$/, "");
    if (!made.has(name)) {
      const [codes, scales] = [new Int8Array(bytesOf(codesName).buffer), scalesOf(`${name}_scale`)];
      const width = codes.length / scales.length;
      addTensor(
        name,
        [scales.length, width],
        Float32Array.from(codes, (code, at) => code * (scales[Math.floor(at / width)] as number)),
      );
    }
    return { ...gather, inputs: [name, ids], outputs: product.outputs };
  };

  const rewrite = (inner: Graph): Graph => {
    const producers = new Map(inner.nodes.map((node) => [node.outputs[0], node]));
    const removed = new Set<Node>();
    const replaced = new Map<Node, Node>();
    for (const node of inner.nodes) {
      if (node.opType === "MatMulNBits") replaced.set(node, toProduct(node));
      const [cast, scale] = node.opType === "Mul" ? node.inputs.map((input) => producers.get(input)) : [];
      const gather = cast?.opType === "Cast" ? producers.get(cast.inputs[0]) : undefined;
      if (cast === undefined || scale === undefined || !gather?.inputs[0]?.endsWith("_i8")) continue;
      for (const old of [cast, scale, gather]) removed.add(old);
      replaced.set(node, toEmbedding(gather, node));
    }
    const nodes = inner.nodes
      .filter((node) => !removed.has(node))
      .map((node) => {
        const attributes = node.attributes.map((attribute) =>
          attribute.graph === undefined ? attribute : { ...attribute, graph: rewrite(attribute.graph) },
        );
        return replaced.get(node) ?? (attributes.some(({ graph: branch }) => branch) ? { ...node, attributes } : node);
      });
    return { ...inner, nodes };
  };

  const rewritten = rewrite(graph);
  const used = new Set<string>();
  const visit = (inner: Graph) => {
    for (const { inputs, attributes } of inner.nodes) {
      for (const input of inputs) used.add(input);
      for (const { graph: branch } of attributes) if (branch !== undefined) visit(branch);
    }
  };
  visit(rewritten);
  const kept = graph.initializers.filter(({ name }) => used.has(name));
  const inMemory = kept.map((tensor): Initializer => {
    if (tensor.data.in !== "file") return tensor;
    return { ...tensor, data: { in: "memory", bytes: readValues(folder, tensor) } };
  });
  const initializers = [...inMemory, ...made.values()];
  return { graph: { ...rewritten, initializers }, rest };
}
