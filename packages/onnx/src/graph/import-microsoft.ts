import { field, numberField } from "../codec/encode.js";

/** The fields of a model beside its graph, so that onnxruntime's own operators (`com.microsoft`) can be used in it. */
export function importMicrosoft(rest: Uint8Array): Uint8Array {
  const domain = field(1, "com.microsoft");
  if (Buffer.from(rest).includes(domain)) return rest;
  return Buffer.concat([rest, field(8, Buffer.concat([domain, numberField(2, 1)]))]);
}
