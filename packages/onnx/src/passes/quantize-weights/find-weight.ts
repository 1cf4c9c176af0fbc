import type { Graph, Initializer, Node } from "../../graph/model.js";
import { subgraphsOf } from "../../graph/subgraphs-of.js";

/** A constant float32 matrix, and the graph that holds it. */
export interface FoundWeight {
  tensor: Initializer;
  home: Graph;
}

const float32 = 1;

/** @param scope the graph whose node uses the value, then the graphs around it */
export function findWeight(name: string | undefined, scope: readonly Graph[]): FoundWeight | undefined {
  for (const home of scope) {
    const tensor = home.initializers.find((initializer) => initializer.name === name);
    if (tensor === undefined) continue;
    return tensor.dataType === float32 && tensor.dims.length === 2 ? { tensor, home } : undefined;
  }
  return undefined;
}

/** Matrices that a graph uses transposed, by the name of the output of `Transpose`. */
export function findTransposed(graph: Graph, scope: readonly Graph[]): Map<string, FoundWeight> {
  const found = new Map<string, FoundWeight>();
  for (const { opType, inputs, outputs } of graph.nodes) {
    const weight = opType === "Transpose" ? findWeight(inputs[0], scope) : undefined;
    if (weight !== undefined) found.set(outputs[0] ?? "", weight);
  }
  return found;
}

/** Every value that nodes, their subgraphs or the graph's outputs use. */
export function usedNames(nodes: readonly Node[], outputs: Graph["outputs"]): Set<string> {
  const used = new Set(outputs.map(({ name }) => name));
  for (const node of nodes) {
    for (const input of node.inputs) used.add(input);
    for (const graph of subgraphsOf(node)) for (const name of usedNames(graph.nodes, graph.outputs)) used.add(name);
  }
  return used;
}
