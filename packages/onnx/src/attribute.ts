import { field, numberField } from "./encode.js";
import type { Attribute } from "./model.js";

/** `AttributeProto.AttributeType.INT` */
const integerType = 2;

/** An attribute that is a whole number from 0 on. */
export function integerAttribute(name: string, value: number): Attribute {
  return {
    name,
    encoded: Buffer.concat([field(1, name), numberField(3, value), numberField(20, integerType)]),
  };
}
