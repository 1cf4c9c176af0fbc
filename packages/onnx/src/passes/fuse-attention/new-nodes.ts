import { floatAttribute, integerAttribute } from "../../graph/attribute.js";
import type { Attribute, Initializer, Node } from "../../graph/model.js";
import type { Attention } from "./match-attention.js";

/** Of `TensorProto.DataType`. */
export const dataTypes = { float32: 1, int32: 6, int64: 7 };
/** The score of a masked token: the lowest float32. */
const maskedScore = -3.402_823_466e38;

export function makeNode(opType: string, inputs: string[], output: string, attributes: Attribute[] = []): Node {
  return { name: output, opType, domain: "", inputs, outputs: [output], attributes };
}

/**
 * onnxruntime's `MultiHeadAttention`.
 *
 * @see https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.MultiHeadAttention
 */
export function makeAttentionNode(
  { heads, scale, key, value, bias, output }: Attention,
  names: { query: string; output?: string; mask?: string },
): Node {
  const inputs = [names.query, key, value, "", names.mask ?? "", bias];
  while (inputs.at(-1) === "") inputs.pop();
  return {
    name: `${output}/MultiHeadAttention`,
    opType: "MultiHeadAttention",
    domain: "com.microsoft",
    inputs,
    outputs: [names.output ?? output],
    attributes: [
      integerAttribute("num_heads", heads),
      floatAttribute("scale", scale),
      floatAttribute("mask_filter_value", maskedScore),
    ],
  };
}

export function makeIntegers(name: string, values: number[]): Initializer {
  const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  return { name, dataType: dataTypes.int64, dims: [values.length], data: { in: "memory", bytes } };
}

export function makeScalar(name: string, value: number): Initializer {
  const bytes = new Uint8Array(Float32Array.of(value).buffer);
  return { name, dataType: dataTypes.float32, dims: [], data: { in: "memory", bytes } };
}
