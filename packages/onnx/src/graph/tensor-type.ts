import { field, numberField } from "../codec/encode.js";
import { FieldReader } from "../codec/field-reader.js";

/** Fields of `TypeProto`, `TypeProto.Tensor`, `TensorShapeProto` and its `Dimension`. */
const fields = { tensor: 1, elementType: 1, shape: 2, dim: 1, size: 1, sizeName: 2 };

/**
 * Encodes the type of a graph input or output that is a tensor. A size given as a name may be any number; the same name
 * stands for the same number.
 */
export function tensorType(dataType: number, dims: readonly (number | string)[]): Uint8Array {
  const shape = dims.map((dim) =>
    field(fields.dim, typeof dim === "number" ? numberField(fields.size, dim) : field(fields.sizeName, dim)),
  );
  const tensor = [numberField(fields.elementType, dataType), field(fields.shape, Buffer.concat(shape))];
  return field(fields.tensor, Buffer.concat(tensor));
}

/** The sizes of a tensor type, names for those that may be any number; empty for a type without a shape. */
export function readDims(type: Uint8Array): (number | string)[] {
  const bytes = Buffer.from(type);
  const reader = FieldReader.over(bytes, 0);
  const inside = (message: { from: number; to: number }, number: number) =>
    [...reader.fields(message.from, message.to)].filter((part) => part.number === number);
  const [tensor] = inside({ from: 0, to: bytes.length }, fields.tensor);
  const [shape] = tensor === undefined ? [] : inside(tensor, fields.shape);
  if (shape === undefined) return [];
  return inside(shape, fields.dim).map((dim) => {
    const [size] = inside(dim, fields.size);
    const [name] = inside(dim, fields.sizeName);
    return size === undefined ? (name === undefined ? "" : reader.text(name)) : reader.number(size);
  });
}
