import type { Graph, OnnxModel } from "../graph/model.js";

/** A copy of a merged decoder with one branch of its `If` changed. */
export function changeBranch(model: OnnxModel, branch: string, change: (graph: Graph) => Graph): OnnxModel {
  const nodes = model.graph.nodes.map((node) => ({
    ...node,
    attributes: node.attributes.map((attribute) =>
      attribute.name === branch && attribute.graph !== undefined
        ? { ...attribute, graph: change(attribute.graph) }
        : attribute,
    ),
  }));
  return { ...model, graph: { ...model.graph, nodes } };
}

/** A copy of a merged decoder that computes the same, and that `splitDecoder` does not recognize: an Identity follows each Shape. */
export function hideBatchSize(model: OnnxModel): OnnxModel {
  return changeBranch(model, "else_branch", (graph) => ({
    ...graph,
    nodes: graph.nodes.flatMap((node) => {
      if (node.opType !== "Shape") return [node];
      const [output = ""] = node.outputs;
      const identity = { name: "", opType: "Identity", domain: "", attributes: [] };
      return [
        { ...identity, opType: "Shape", inputs: node.inputs, outputs: [`${output}_shape`] },
        { ...identity, inputs: [`${output}_shape`], outputs: [output] },
      ];
    }),
  }));
}
