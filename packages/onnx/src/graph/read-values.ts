import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { readFully } from "../codec/read-fully.js";
import type { Graph, Initializer } from "./model.js";

/**
 * A tensor's values as they lie in memory, little-endian.
 *
 * @param folder where the model's files are
 * @throws {Error} when they are not there, or given as fields
 */
export function readValues(folder: string, { name, data }: Initializer): Uint8Array {
  if (data.in === "memory") return data.bytes;
  if (data.in === "fields") throw new Error(`the values of ${name} are not given as bytes`);
  const bytes = Buffer.allocUnsafeSlow(data.length);
  const file = openSync(join(folder, data.file), "r");
  try {
    if (readFully(file, bytes, data.offset) < bytes.length) {
      throw new Error(`${data.file} ends within the values of ${name}`);
    }
  } finally {
    closeSync(file);
  }
  return bytes;
}

/** Takes the values of tensors of at most `most` bytes into the graph. */
export function takeSmallValues(graph: Graph, folder: string, most: number): Graph {
  const initializers = graph.initializers.map((initializer): Initializer => {
    if (initializer.data.in !== "file" || initializer.data.length > most) return initializer;
    return { ...initializer, data: { in: "memory", bytes: readValues(folder, initializer) } };
  });
  return { ...graph, initializers };
}
