/** How weights are stored. */
export interface WeightFormat {
  bits: 4 | 8;
  /**
   * The number of weights that share a scale, along the inputs of one output. onnxruntime's default is 32. It keeps each
   * scale in memory three times, as 4 bytes: 3 bits per weight with blocks of 32, less than 1 with 128.
   */
  block: 32 | 64 | 128;
}

/** A matrix quantized in blocks, in the layout of `MatMulNBits`. */
export interface Blocks {
  /** [outputs, blocks, bytes of a block]; with 4 bits the lower half of a byte holds the first of two values. */
  codes: Uint8Array;
  /** [outputs, blocks] */
  scales: Float32Array;
}

/**
 * Quantizes a matrix symmetrically, bit for bit as onnxruntime's `quantize_matmul_8bits` and `_4bits`: the scale maps the
 * value furthest from zero to the lowest code, so that no zero point is needed.
 *
 * @param inputs length of the sum, the K of `MatMulNBits`; the last block is padded with zeros
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

  /** Quantizes one block: `count` values at `from`, `from + step`, … */
  const add = (output: number, block: number, values: Float32Array, from: number, step: number, count: number) => {
    let lowest = 0;
    let largest = 0;
    for (let index = 0; index < count; index += 1) {
      const value = values[from + index * step] as number;
      if (value < lowest) lowest = value;
      if (value > largest) largest = value;
    }
    const furthest = largest > -lowest ? largest : lowest;
    // Adding 0 turns a negative zero into a positive one.
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

/** Quantizes rows to signed 8 bits with one scale each. */
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
