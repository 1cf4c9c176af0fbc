import { extractGraph } from "../../graph/extract-graph.js";
import { createGraphLookup } from "../../graph/graph-lookup.js";
import type { Graph, Node, OnnxModel } from "../../graph/model.js";

/** The two graphs of a merged decoder; or the model unchanged, and why its graph was not recognized. */
export type SplitDecoder =
  | {
      applied: true;
      /** From encoder states to the cross-attention cache. */
      cross: OnnxModel;
      /** One decode step: from token, mask and caches to scores and self-attention cache, which is empty at first. */
      step: OnnxModel;
    }
  | { applied: false; model: OnnxModel; reason: string };

/**
 * Splits a merged decoder into two graphs. Its file holds the network twice, in the branches of an `If`: one for the first
 * step, which also computes the cross-attention cache, and one for later steps. onnxruntime repacks the weights of each
 * branch, so that they are in memory twice. Here the branch for later steps runs the first one too, on an empty cache, and
 * the cross-attention cache is computed by a graph extracted from the other branch, so weights are in memory once.
 */
export function splitDecoder(model: OnnxModel): SplitDecoder {
  const { graph, rest } = model;
  const branches = graph.nodes.find(({ opType }) => opType === "If")?.attributes ?? [];
  const branch = (name: string) => branches.find((attribute) => attribute.name === name)?.graph;
  const [first, later] = [branch("else_branch"), branch("then_branch")];
  const refuse = (reason: string): SplitDecoder => ({ applied: false, model, reason });
  if (first === undefined || later === undefined) return refuse("the graph has no If with two branches");
  const isCross = ({ name }: { name: string }) => /^present\.\d+\.encoder\./.test(name);
  const crossOutputs = graph.outputs.filter(isCross);
  if (crossOutputs.length === 0) return refuse("the graph has no cross-attention cache (present.*.encoder.*)");
  const stepOutputs = graph.outputs.filter((output) => !isCross(output));
  const outer = { ...graph, nodes: graph.nodes.filter(({ opType }) => opType !== "If") };
  let cross: Graph;
  let step: Graph;
  try {
    cross = extractGraph("cross", [detachBatchSize(first), outer], crossOutputs);
    step = extractGraph("step", [later, outer], stepOutputs);
  } catch (error) {
    return refuse((error as Error).message);
  }
  const unexpected =
    findUnexpectedInput(cross, /^encoder_hidden_states$/) ??
    findUnexpectedInput(
      step,
      /^(input_ids|encoder_attention_mask|past_key_values\.\d+\.(decoder|encoder)\.(key|value))$/,
    );
  if (unexpected !== undefined) return refuse(unexpected);
  return { applied: true, cross: { graph: cross, rest }, step: { graph: step, rest } };
}

/**
 * Reads the batch size from the encoder's states. An exporter reads it from any value at hand, often a state of the decoder,
 * and then the whole cross-attention cache seems to depend on that.
 */
function detachBatchSize(graph: Graph): Graph {
  const lookup = createGraphLookup(graph);
  const takesFirst = (node: Node) => node.opType === "Gather" && isZero(lookup.producer(node.inputs[1] ?? ""));
  const readsBatchSize = (node: Node) =>
    node.opType === "Shape" && lookup.consumers(node.outputs[0] ?? "").every(takesFirst);
  return {
    ...graph,
    nodes: graph.nodes.map((node) => (readsBatchSize(node) ? { ...node, inputs: ["encoder_hidden_states"] } : node)),
  };
}

function isZero(node: Node | undefined): boolean {
  const tensor = node?.opType === "Constant" ? node.attributes[0]?.tensor : undefined;
  if (tensor?.data.in !== "memory" || tensor.dims.some((size) => size !== 1)) return false;
  return tensor.data.bytes.every((byte) => byte === 0);
}

function findUnexpectedInput({ name, inputs }: Graph, expected: RegExp): string | undefined {
  const unexpected = inputs.find((input) => !expected.test(input.name));
  return unexpected === undefined ? undefined : `the ${name} graph depends on ${unexpected.name}`;
}
