import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { readFully } from "../codec/read-fully.js";
import type { Graph, Initializer } from "./model.js";

/**
 * Reads a tensor's values in their memory layout, little-endian.
 *
 * @param folder the folder of the model's files
 * @throws {Error} when the file ends too early or the values are encoded fields
 */
export function readValues(folder: string, { name, data }: Initializer): Uint8Array {
  if (data.in === "memory") return data.bytes;
  if (data.in === "fields") throw new Error(`the values of ${name} are not stored as bytes`);
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

/** Reads the values of tensors of at most `maxBytes` bytes into the graph. */
export function takeSmallValues(graph: Graph, folder: string, maxBytes: number): Graph {
  const initializers = graph.initializers.map((initializer): Initializer => {
    if (initializer.data.in !== "file" || initializer.data.length > maxBytes) return initializer;
    return { ...initializer, data: { in: "memory", bytes: readValues(folder, initializer) } };
  });
  return { ...graph, initializers };
}
