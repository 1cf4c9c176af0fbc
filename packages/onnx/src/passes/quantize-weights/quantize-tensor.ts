import { createHash } from "node:crypto";
import type { Initializer } from "../../graph/model.js";
import { type Blocks, createBlockQuantizer, quantizeRows, type WeightFormat } from "./quantize-blocks.js";
import { openWeight } from "./weight-source.js";

/** The approximate number of values read at a time. */
const pieceValues = 1 << 20;

/**
 * Quantizes the matrix of a product in blocks.
 *
 * @param transposed whether the file holds [outputs, inputs] instead of [inputs, outputs]
 */
export function quantizeMatrix(tensor: Initializer, folder: string, format: WeightFormat, transposed: boolean): Blocks {
  const { block: blockSize } = format;
  const weight = openWeight(tensor, folder);
  const { rows, width, read } = weight;
  try {
    const quantizer = createBlockQuantizer(format, transposed ? width : rows, transposed ? rows : width);
    if (transposed) {
      const piece = Math.max(1, Math.floor(pieceValues / width));
      for (let first = 0; first < rows; first += piece) {
        const values = read(first, piece);
        for (let at = 0; at < values.length; at += width) {
          for (let block = 0; block < quantizer.blocks; block += 1) {
            const from = block * blockSize;
            quantizer.add(first + at / width, block, values, at + from, 1, Math.min(blockSize, width - from));
          }
        }
      }
    } else {
      for (let block = 0; block < quantizer.blocks; block += 1) {
        const values = read(block * blockSize, blockSize);
        for (let output = 0; output < width; output += 1) {
          quantizer.add(output, block, values, output, width, values.length / width);
        }
      }
    }
    return quantizer.result;
  } finally {
    weight.close();
  }
}

/** Quantizes an embedding to rows of signed 8 bits with one scale each. */
export function quantizeEmbedding(tensor: Initializer, folder: string): { codes: Int8Array; scales: Float32Array } {
  const weight = openWeight(tensor, folder);
  const { rows, width, read } = weight;
  try {
    const codes = new Int8Array(rows * width);
    const scales = new Float32Array(rows);
    const piece = Math.max(1, Math.floor(pieceValues / width));
    for (let first = 0; first < rows; first += piece) {
      const part = quantizeRows(read(first, piece), width);
      codes.set(part.codes, first * width);
      scales.set(part.scales, first);
    }
    return { codes, scales };
  } finally {
    weight.close();
  }
}

/** The same for float32 matrices of the same shape and values. */
export function hashMatrix(tensor: Initializer, folder: string): string {
  const weight = openWeight(tensor, folder);
  const hash = createHash("sha256").update(tensor.dims.join("×"));
  try {
    const piece = Math.max(1, Math.floor(pieceValues / weight.width));
    for (let first = 0; first < weight.rows; first += piece) hash.update(weight.read(first, piece));
    return hash.digest("hex");
  } finally {
    weight.close();
  }
}
