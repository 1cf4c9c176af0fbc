import type { Graph, Node, Value } from "./model.js";
import { subgraphsOf } from "./subgraphs-of.js";

/**
 * The part of a graph that some of its values need, as a graph of its own.
 *
 * @param scope the graphs whose nodes, initializers and inputs may be used: a subgraph, then those around it
 * @throws {Error} naming a value that none of them has
 */
export function extractGraph(name: string, scope: readonly Graph[], outputs: readonly Value[]): Graph {
  // The innermost last, for it hides values of the same name around it: a branch's outputs may be called as its node's.
  const outward = [...scope].reverse();
  const makers = new Map(outward.flatMap(({ nodes }) => nodes.flatMap((node) => node.outputs.map((at) => [at, node]))));
  const givens = new Map(scope.flatMap(({ initializers }) => initializers.map((value) => [value.name, value])));
  const inputs = new Map(scope.flatMap((graph) => graph.inputs.map((value) => [value.name, value])));
  const graph: Graph = { name, nodes: [], initializers: [], inputs: [], outputs: [...outputs] };
  const seen = new Set<string>();
  const used = new Set<Node>();
  const wanted = outputs.map((output) => output.name);
  for (let value = wanted.pop(); value !== undefined; value = wanted.pop()) {
    // An empty name is an optional input that is not given.
    if (value === "" || seen.has(value)) continue;
    seen.add(value);
    const given = givens.get(value);
    const input = inputs.get(value);
    const maker = makers.get(value);
    if (given !== undefined) graph.initializers.push(given);
    else if (maker !== undefined) {
      used.add(maker);
      wanted.push(...maker.inputs, ...bodyValues(maker));
    } else if (input !== undefined) graph.inputs.push(input);
    else throw new Error(`nothing makes the value ${value}`);
  }
  // In their order, which is one in which they can run.
  graph.nodes = outward.flatMap(({ nodes }) => nodes.filter((node) => used.has(node)));
  return graph;
}

/** Operators with subgraphs; to look at the attributes of all others would take most of the time. */
const withBody = new Set(["If", "Loop", "Scan", "SequenceMap"]);

/** Values a node's subgraphs take from around them. */
function bodyValues(node: Node): string[] {
  // Not taken apart in the parameter list: that would look at them.
  return withBody.has(node.opType) ? subgraphsOf(node).flatMap(outerValues) : [];
}

function outerValues(graph: Graph): string[] {
  const own = new Set([
    "",
    ...graph.initializers.map(({ name }) => name),
    ...graph.inputs.map(({ name }) => name),
    ...graph.nodes.flatMap(({ outputs }) => outputs),
  ]);
  const needed = [
    ...graph.nodes.flatMap((node) => [...node.inputs, ...bodyValues(node)]),
    ...graph.outputs.map(({ name }) => name),
  ];
  return needed.filter((name) => !own.has(name));
}
