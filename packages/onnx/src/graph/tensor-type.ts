import { field, numberField } from "../codec/encode.js";

/** The type of a graph's input or output that is a tensor, encoded. Sizes that are names stand for any; the same for the same. */
export function tensorType(dataType: number, dims: readonly (number | string)[]): Uint8Array {
  const shape = dims.map((dim) => field(1, typeof dim === "number" ? numberField(1, dim) : field(2, dim)));
  return field(1, Buffer.concat([numberField(1, dataType), field(2, Buffer.concat(shape))]));
}
