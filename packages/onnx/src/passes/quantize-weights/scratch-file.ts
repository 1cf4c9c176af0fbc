import { closeSync, openSync, writeSync } from "node:fs";
import { relative } from "node:path";
import type { TensorData } from "../../graph/model.js";

/** Holds values out of memory until the model is written. */
export interface ScratchFile {
  put(values: Uint8Array | Int8Array | Float32Array): TensorData;
  close(): void;
}

/** @param folder the model's folder, to which the locations of tensors are relative */
export function openScratchFile(path: string, folder: string): ScratchFile {
  const file = openSync(path, "w");
  let offset = 0;
  return {
    put: (values) => {
      const data: TensorData = { in: "file", file: relative(folder, path), offset, length: values.byteLength };
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at);
      offset += values.byteLength;
      return data;
    },
    close: () => closeSync(file),
  };
}
