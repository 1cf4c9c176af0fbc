import { expect, it } from "vitest";
import { extractGraph } from "./extract-graph.js";
import type { Graph, Node } from "./model.js";

const node = (opType: string, inputs: string[], outputs: string[], graph?: Graph): Node => ({
  name: opType,
  opType,
  domain: "",
  inputs,
  outputs,
  attributes: graph === undefined ? [] : [{ name: "body", encoded: new Uint8Array(), graph }],
});
const value = (name: string) => ({ name, type: new Uint8Array() });
const tensor = (name: string) => ({
  name,
  dataType: 1,
  dims: [1],
  data: { in: "memory", bytes: new Uint8Array(4) } as const,
});
const graphOf = (part: Partial<Graph>): Graph => ({
  name: "",
  nodes: [],
  initializers: [],
  inputs: [],
  outputs: [],
  ...part,
});

const outer = graphOf({
  inputs: [value("x"), value("unused")],
  initializers: [tensor("weight"), tensor("other")],
  nodes: [node("Outer", ["x"], ["shared"]), node("If", ["x"], ["y"])],
});
const inner = graphOf({ nodes: [node("Mul", ["shared", "weight", ""], ["z"]), node("Add", ["z"], ["y"])] });

it("takes what a value depends on from a subgraph and the graphs around it, in topological order", () => {
  const graph = extractGraph("part", [inner, outer], [value("y")]);
  expect(graph.nodes.map(({ opType }) => opType)).toEqual(["Outer", "Mul", "Add"]);
  expect(graph.initializers.map(({ name }) => name)).toEqual(["weight"]);
  expect(graph.inputs.map(({ name }) => name)).toEqual(["x"]);
});

it("keeps the outer values that a node's own subgraph uses", () => {
  const body = graphOf({ nodes: [node("Neg", ["shared"], ["n"])], outputs: [value("n")] });
  const loop = graphOf({ nodes: [node("Loop", [], ["y"], body)] });
  expect(extractGraph("part", [loop, outer], [value("y")]).nodes.map(({ opType }) => opType)).toEqual([
    "Outer",
    "Loop",
  ]);
});

it("names a value that no node produces", () => {
  expect(() => extractGraph("part", [inner], [value("y")])).toThrow("no node produces the value weight");
});
