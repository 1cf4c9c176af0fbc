import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { readFully } from "../../codec/read-fully.js";
import type { Initializer } from "../../graph/model.js";

/** Reads a float32 matrix a few rows at a time. */
export interface WeightSource {
  rows: number;
  width: number;
  /** Up to `count` rows from `from` on. The next call overwrites them. */
  read(from: number, count: number): Float32Array;
  close(): void;
}

/** @param folder the folder of the model's files */
export function openWeight(tensor: Initializer, folder: string): WeightSource {
  const { name, dims, data } = tensor;
  const [rows = 0, width = 0] = dims;
  if (data.in === "fields") throw new Error(`the values of ${name} are not stored as bytes`);
  if (data.in === "memory") {
    const all = new Float32Array(data.bytes.slice().buffer);
    return {
      rows,
      width,
      read: (from, count) => all.subarray(from * width, Math.min(rows, from + count) * width),
      close: () => {},
    };
  }
  if (data.length !== rows * width * 4)
    throw new Error(`${name} has ${data.length} bytes for ${rows} × ${width} values`);
  const file = openSync(join(folder, data.file), "r");
  let buffer = new Float32Array(0);
  return {
    rows,
    width,
    read: (from, count) => {
      const size = (Math.min(rows, from + count) - from) * width;
      if (buffer.length < size) buffer = new Float32Array(size);
      const bytes = new Uint8Array(buffer.buffer, 0, size * 4);
      if (readFully(file, bytes, data.offset + from * width * 4) < bytes.length) {
        throw new Error(`${data.file} ends within the values of ${name}`);
      }
      return buffer.subarray(0, size);
    },
    close: () => closeSync(file),
  };
}
