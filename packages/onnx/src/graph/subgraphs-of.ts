import type { Graph, Node } from "./model.js";

/** The graphs among a node's attributes: branches and loop bodies. */
export function subgraphsOf({ attributes }: Node): Graph[] {
  return attributes.flatMap(({ graph }) => (graph === undefined ? [] : [graph]));
}
