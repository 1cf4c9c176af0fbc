import { field, fixed32Field, numberField } from "../codec/encode.js";
import { FieldReader } from "../codec/field-reader.js";
import type { Attribute } from "./model.js";

/** Of `AttributeProto.AttributeType`. */
const types = { float: 1, integer: 2 };
/** Of `AttributeProto`. */
const fields = { name: 1, float: 2, integer: 3, integers: 8, type: 20 };

/** @param value a non-negative integer */
export function integerAttribute(name: string, value: number): Attribute {
  const encoded = [field(fields.name, name), numberField(fields.integer, value)];
  return { name, encoded: Buffer.concat([...encoded, numberField(fields.type, types.integer)]) };
}

/** @param value is rounded to 32 bits */
export function floatAttribute(name: string, value: number): Attribute {
  const encoded = [field(fields.name, name), fixed32Field(fields.float, value)];
  return { name, encoded: Buffer.concat([...encoded, numberField(fields.type, types.float)]) };
}

/** The values of an attribute that is an integer or a list of integers; empty for any other. */
export function readIntegers({ encoded }: Attribute): number[] {
  const bytes = Buffer.from(encoded);
  const reader = FieldReader.over(bytes, 0);
  return [...reader.fields(0, bytes.length)].flatMap((part) =>
    part.number === fields.integer || part.number === fields.integers ? reader.numbers(part) : [],
  );
}
