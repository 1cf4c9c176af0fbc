/** How weights are written. */
export interface WeightFormat {
  bits: 4 | 8;
  /**
   * Weights that share a scale, along the inputs of one output: 32 is onnxruntime's own default. In memory each scale is
   * there three times, of 4 bytes: at 32 that is 3 bits for every weight, at 128 less than 1.
   */
  block: 32 | 64 | 128;
}

/** A matrix quantized in blocks, as `MatMulNBits` takes it. */
export interface Blocks {
  /** [outputs, blocks, bytes of a block]; with 4 bits the first of two values lies in the lower half of a byte. */
  codes: Uint8Array;
  /** [outputs, blocks] */
  scales: Float32Array;
}

/**
 * Quantizes a matrix symmetrically, to the bits what `quantize_matmul_8bits` and `_4bits` of onnxruntime write: the scale
 * takes the value that is furthest from zero to the lowest code, so that no zero point is needed.
 *
 * @param inputs length of the sum, the K of `MatMulNBits`; what misses of the last block counts as zero
 */
export function createBlockQuantizer({ bits, block: blockSize }: WeightFormat, inputs: number, outputs: number) {
  const blocks = Math.ceil(inputs / blockSize);
  const blockBytes = (blockSize * bits) / 8;
  const middle = 2 ** (bits - 1);
  const highest = 2 ** bits - 1;
  const result: Blocks = {
    codes: new Uint8Array(outputs * blocks * blockBytes),
    scales: new Float32Array(outputs * blocks),
  };

  /** Quantizes one block: the values at `from`, `from + step`, …, `count` of them. */
  const add = (output: number, block: number, values: Float32Array, from: number, step: number, count: number) => {
    let lowest = 0;
    let largest = 0;
    for (let index = 0; index < count; index += 1) {
      const value = values[from + index * step] as number;
      if (value < lowest) lowest = value;
      if (value > largest) largest = value;
    }
    const furthest = largest > -lowest ? largest : lowest;
    // No negative zero.
    const scale = Math.fround(furthest / -middle) + 0;
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
    const at = output * blocks + block;
    result.scales[at] = scale;
    for (let index = 0; index < blockSize; index += 1) {
      const value = index < count ? (values[from + index * step] as number) : 0;
      const shifted = Math.fround(Math.fround(value * inverse) + middle);
      const code = Math.min(highest, Math.max(0, Math.floor(shifted + 0.5)));
      if (bits === 8) result.codes[at * blockBytes + index] = code;
      else {
        const byte = at * blockBytes + (index >> 1);
        result.codes[byte] = (result.codes[byte] as number) | (index % 2 === 0 ? code : code << 4);
      }
    }
  };
  return { result, blocks, add };
}

/** Quantizes rows to signed 8 bits with one scale each, as models/mini/how/w8.py does with embeddings. */
export function quantizeRows(values: Float32Array, width: number): { codes: Int8Array; scales: Float32Array } {
  const rows = values.length / width;
  const codes = new Int8Array(values.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row += 1) {
    let furthest = 0;
    for (let at = row * width; at < (row + 1) * width; at += 1) {
      furthest = Math.max(furthest, Math.abs(values[at] as number));
    }
    const scale = Math.fround(furthest / 127) || 1;
    scales[row] = scale;
    for (let at = row * width; at < (row + 1) * width; at += 1) {
      codes[at] = roundHalfEven(Math.fround((values[at] as number) / scale));
    }
  }
  return { codes, scales };
}

function roundHalfEven(value: number): number {
  const lower = Math.floor(value);
  const rest = value - lower;
  if (rest !== 0.5) return rest < 0.5 ? lower : lower + 1;
  return lower % 2 === 0 ? lower : lower + 1;
}
