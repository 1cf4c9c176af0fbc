import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Initializer, OnnxModel } from "../graph/model.js";
import { fieldHead } from "./encode.js";
import { encodeGraph, encodeInitializerHead } from "./encode-model.js";
import { readFully } from "./read-fully.js";

const copyBytes = 1 << 20;

/**
 * Writes a model as one file that includes its weights. Weights of the outer graph may be in files and are copied piece by
 * piece, so that a model of gigabytes takes no memory. Those of subgraphs must be in memory.
 *
 * @param folder the folder of the model's files
 * @throws {Error} for a model of 2 GB or more, the limit of a protobuf message
 */
export function writeModel(path: string, { graph, rest }: OnnxModel, folder: string): void {
  const external = graph.initializers.filter(({ data }) => data.in === "file");
  const encodedGraph = encodeGraph({
    ...graph,
    initializers: graph.initializers.filter(({ data }) => data.in !== "file"),
  });
  const heads = external.map((tensor) => tensorHead(tensor));
  const tensorBytes = external.reduce(
    (total, tensor, index) => total + (heads[index]?.length ?? 0) + bytesOf(tensor),
    0,
  );
  const size = encodedGraph.length + tensorBytes;
  if (rest.length + size >= 2 ** 31 - 64) throw new Error(`a model file must be smaller than 2 GB (got ${size} bytes)`);
  const file = openSync(path, "w");
  try {
    for (const bytes of [rest, fieldHead(7, size), encodedGraph]) writeSync(file, bytes);
    external.forEach((tensor, index) => {
      writeSync(file, heads[index] as Buffer);
      copyValues(tensor, folder, file);
    });
  } finally {
    closeSync(file);
  }
}

const bytesOf = ({ data }: Initializer) => (data.in === "file" ? data.length : 0);

/** Encodes an initializer's field up to its values, which come last. */
function tensorHead(tensor: Initializer): Buffer {
  const head = Buffer.concat([encodeInitializerHead(tensor), fieldHead(9, bytesOf(tensor))]);
  return Buffer.concat([fieldHead(5, head.length + bytesOf(tensor)), head]);
}

function copyValues({ name, data }: Initializer, folder: string, target: number): void {
  if (data.in !== "file") return;
  const source = openSync(join(folder, data.file), "r");
  try {
    const buffer = Buffer.allocUnsafeSlow(Math.min(copyBytes, data.length));
    for (let at = 0; at < data.length; at += buffer.length) {
      const piece = buffer.subarray(0, data.length - at);
      if (readFully(source, piece, data.offset + at) < piece.length) {
        throw new Error(`${data.file} ends within the values of ${name}`);
      }
      writeSync(target, piece);
    }
  } finally {
    closeSync(source);
  }
}
