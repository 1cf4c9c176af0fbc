import type { Initializer, TensorData } from "../graph/model.js";
import type { Field, FieldReader } from "./field-reader.js";

/** Of `TensorProto`. */
const tensorFields = { dims: 1, dataType: 2, int64: 7, name: 8, raw: 9, external: 13 };
/** Fields with values as numbers instead of bytes. */
const valueFields = new Set([4, 5, 6, 10, 11]);

/** Reads a tensor without its values: their location, unless they are stored as numbers. */
export function readInitializer(reader: FieldReader, { from, to }: Field, file: string): Initializer {
  let name = "";
  let dataType = 0;
  const dims: number[] = [];
  let data: TensorData | undefined;
  const values: Buffer[] = [];
  const integers: number[] = [];
  const external: Record<string, string> = {};
  for (const field of reader.fields(from, to)) {
    if (field.number === tensorFields.name) name = reader.text(field);
    else if (field.number === tensorFields.dataType) dataType = reader.number(field);
    else if (field.number === tensorFields.dims) dims.push(...reader.numbers(field));
    else if (field.number === tensorFields.raw) {
      data = { in: "file", file, offset: field.from, length: field.to - field.from };
    } else if (field.number === tensorFields.int64) integers.push(...reader.numbers(field));
    else if (field.number === tensorFields.external) Object.assign(external, readPair(reader, field));
    else if (valueFields.has(field.number)) values.push(reader.bytes(field.start, field.to));
  }
  if (external.location !== undefined) {
    data = {
      in: "file",
      file: external.location,
      offset: Number(external.offset ?? 0),
      length: Number(external.length ?? Number.NaN),
    };
    if (Number.isNaN(data.length)) throw new Error(`the external tensor ${name} has no length`);
  }
  if (integers.length > 0) {
    const bytes = new Uint8Array(BigInt64Array.from(integers, BigInt).buffer);
    data = { in: "memory", bytes };
  }
  return { name, dataType, dims, data: data ?? { in: "fields", encoded: Buffer.concat(values) } };
}

/** Reads a tensor and its values, if they are in the same file. */
export function readConstant(reader: FieldReader, field: Field, file: string): Initializer {
  const constant = readInitializer(reader, field, file);
  const { data } = constant;
  if (data.in !== "file" || data.file !== file) return constant;
  return { ...constant, data: { in: "memory", bytes: reader.bytes(data.offset, data.offset + data.length) } };
}

function readPair(reader: FieldReader, { from, to }: Field): Record<string, string> {
  const [key, value] = [...reader.fields(from, to)].map((field) => reader.text(field));
  return { [key ?? ""]: value ?? "" };
}
