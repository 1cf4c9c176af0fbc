import { extractGraph } from "../../graph/extract-graph.js";
import { importMicrosoft } from "../../graph/import-microsoft.js";
import type { Graph, Initializer, Node, OnnxModel } from "../../graph/model.js";
import type { Attention } from "./match-attention.js";
import {
  appendNodes,
  cacheConstants,
  type SplitCache,
  splitCaches,
  tailInput,
  tailOutput,
  wholeShapeNodes,
} from "./split-cache.js";

/** Nodes and constants that a pass adds to a graph. */
export interface Additions {
  nodes: Node[];
  initializers: Initializer[];
}

/** Replaces each attention by the nodes that `make` returns, and removes the nodes that nothing uses any more. */
export function replaceAttentions(
  { graph, rest }: OnnxModel,
  found: readonly Attention[],
  make: (attention: Attention, index: number) => Node[],
  added: Additions = { nodes: [], initializers: [] },
): OnnxModel {
  const byOutput = new Map(found.map((attention, index) => [attention.output, { attention, index }]));
  const caches = found.flatMap(splitCaches);
  const byCommitted = indexBy(caches, "committed");
  const byPresent = indexBy(caches, "present");
  const nodes = graph.nodes.flatMap((node) => {
    const output = node.outputs[0] ?? "";
    const match = byOutput.get(output);
    if (match !== undefined) return make(match.attention, match.index);
    const present = byPresent.get(output);
    if (present !== undefined) return appendNodes(present);
    const committed = node.opType === "Shape" ? byCommitted.get(node.inputs[0] ?? "") : undefined;
    return committed === undefined ? [node] : wholeShapeNodes(committed, output);
  });
  const changed: Graph = {
    ...graph,
    inputs: [...graph.inputs, ...caches.map(tailInput)],
    nodes: [...added.nodes, ...nodes],
    initializers: [...graph.initializers, ...added.initializers, ...cacheConstants(caches)],
  };
  const outputs = graph.outputs.map((output) => {
    const cache = byPresent.get(output.name);
    return cache === undefined ? output : tailOutput(cache);
  });
  return { graph: extractGraph(graph.name, [changed], outputs), rest: importMicrosoft(rest) };
}

function indexBy(caches: readonly SplitCache[], field: "committed" | "present"): Map<string, SplitCache> {
  return new Map(caches.map((cache) => [cache[field], cache]));
}
