import { basename } from "node:path";
import { readModel } from "../codec/read-model.js";
import type { Graph } from "./model.js";
import { subgraphsOf } from "./subgraphs-of.js";

/** The names of the files that hold a model's weights besides its own file. */
export function externalFiles(path: string): string[] {
  const found = new Set<string>();
  const visit = ({ nodes, initializers }: Graph) => {
    for (const { data } of initializers) if (data.in === "file") found.add(data.file);
    for (const graph of nodes.flatMap(subgraphsOf)) visit(graph);
  };
  visit(readModel(path).graph);
  found.delete(basename(path));
  return [...found];
}
