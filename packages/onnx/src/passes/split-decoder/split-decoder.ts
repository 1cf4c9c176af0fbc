import { extractGraph } from "../../graph/extract-graph.js";
import { createGraphLookup } from "../../graph/graph-lookup.js";
import type { Graph, Node, OnnxModel } from "../../graph/model.js";

/** A merged decoder taken apart into the two things that are asked of it. */
export interface SplitDecoder {
  /** Encoder states in, cross-attention cache out. */
  cross: OnnxModel;
  /** One step: token, mask and caches in, scores and self-attention cache out. Of the first step the latter is empty. */
  step: OnnxModel;
}

/** Why a file cannot be taken apart; it can still be run as it is. */
export class NotSplittable extends Error {
  override readonly name = "NotSplittable";
}

/**
 * Takes a merged decoder apart. Its file holds the network twice, in the branches of an `If`: one for the first step,
 * which also makes the cross-attention cache, and one for the later steps. onnxruntime repacks the weights for each, so
 * they lie in memory twice. Here the branch of the later steps does the first one too, on an empty cache, and what makes
 * the cross-attention cache is cut out of the other: weights are held once.
 *
 * @throws {NotSplittable} when the file is not what optimum exports
 */
export function splitDecoder({ graph, rest }: OnnxModel): SplitDecoder {
  const branches = graph.nodes.find(({ opType }) => opType === "If")?.attributes ?? [];
  const branch = (name: string) => branches.find((attribute) => attribute.name === name)?.graph;
  const [first, later] = [branch("else_branch"), branch("then_branch")];
  if (first === undefined || later === undefined) throw new NotSplittable("there is no If with two branches in it");
  const isCross = ({ name }: { name: string }) => /^present\.\d+\.encoder\./.test(name);
  const outer = { ...graph, nodes: graph.nodes.filter(({ opType }) => opType !== "If") };
  const crossOutputs = graph.outputs.filter(isCross);
  const stepOutputs = graph.outputs.filter((output) => !isCross(output));
  const cross = extractGraph("cross", [detachBatchSize(first), outer], crossOutputs);
  const step = extractGraph("step", [later, outer], stepOutputs);
  expectInputs(cross, /^encoder_hidden_states$/);
  expectInputs(step, /^(input_ids|encoder_attention_mask|past_key_values\.\d+\.(decoder|encoder)\.(key|value))$/);
  return { cross: { graph: cross, rest }, step: { graph: step, rest } };
}

/**
 * The batch size is read off whatever lies at hand, often a state of the decoder, on which the whole cross-attention
 * cache seems to depend then. The encoder's states have the same.
 */
function detachBatchSize(graph: Graph): Graph {
  const look = createGraphLookup(graph);
  const takesFirst = (node: Node) => node.opType === "Gather" && isZero(look.maker(node.inputs[1] ?? ""));
  const readsBatchSize = (node: Node) => node.opType === "Shape" && look.users(node.outputs[0] ?? "").every(takesFirst);
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

function expectInputs({ name, inputs }: Graph, expected: RegExp): void {
  const unexpected = inputs.find((input) => !expected.test(input.name));
  if (unexpected !== undefined) throw new NotSplittable(`the ${name} graph depends on ${unexpected.name}`);
}
