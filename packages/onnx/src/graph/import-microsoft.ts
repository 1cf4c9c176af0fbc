import { field, numberField } from "../codec/encode.js";

/** Adds onnxruntime's own operators (`com.microsoft`) to the operator sets that a model's other fields import. */
export function importMicrosoft(rest: Uint8Array): Uint8Array {
  const domain = field(1, "com.microsoft");
  if (Buffer.from(rest).includes(domain)) return rest;
  return Buffer.concat([rest, field(8, Buffer.concat([domain, numberField(2, 1)]))]);
}
