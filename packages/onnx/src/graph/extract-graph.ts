import type { Graph, Node, Value } from "./model.js";
import { subgraphsOf } from "./subgraphs-of.js";

/**
 * Extracts the part of a graph that the given outputs depend on, as a graph of its own.
 *
 * @param scope the graphs whose nodes, initializers and inputs may be used: a subgraph, then the graphs around it
 * @throws {Error} naming a value that none of them has
 */
export function extractGraph(name: string, scope: readonly Graph[], outputs: readonly Value[]): Graph {
  // The innermost graph comes last, since its values shadow outer ones: a branch's output may have its node's name.
  const outermostFirst = [...scope].reverse();
  const producers = new Map(
    outermostFirst.flatMap(({ nodes }) => nodes.flatMap((node) => node.outputs.map((output) => [output, node]))),
  );
  const constants = new Map(scope.flatMap(({ initializers }) => initializers.map((value) => [value.name, value])));
  const inputs = new Map(scope.flatMap((graph) => graph.inputs.map((value) => [value.name, value])));
  const graph: Graph = { name, nodes: [], initializers: [], inputs: [], outputs: [...outputs] };
  const seen = new Set<string>();
  const used = new Set<Node>();
  const needed = outputs.map((output) => output.name);
  for (let value = needed.pop(); value !== undefined; value = needed.pop()) {
    // An empty name is an optional input that is absent.
    if (value === "" || seen.has(value)) continue;
    seen.add(value);
    const constant = constants.get(value);
    const input = inputs.get(value);
    const producer = producers.get(value);
    if (constant !== undefined) graph.initializers.push(constant);
    else if (producer !== undefined) {
      used.add(producer);
      needed.push(...producer.inputs, ...bodyValues(producer));
    } else if (input !== undefined) graph.inputs.push(input);
    else throw new Error(`no node produces the value ${value}`);
  }
  // The original order is a topological one.
  graph.nodes = outermostFirst.flatMap(({ nodes }) => nodes.filter((node) => used.has(node)));
  return graph;
}

/** Operators with subgraphs. Parsing the attributes of all other nodes would take most of the time. */
const operatorsWithBody = new Set(["If", "Loop", "Scan", "SequenceMap"]);

/** The values that a node's subgraphs take from the graphs around them. */
function bodyValues(node: Node): string[] {
  // Destructuring the attributes in the parameter list would parse them.
  return operatorsWithBody.has(node.opType) ? subgraphsOf(node).flatMap(outerValues) : [];
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
