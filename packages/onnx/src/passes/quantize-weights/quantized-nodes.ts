import { integerAttribute } from "../../graph/attribute.js";
import type { Node } from "../../graph/model.js";
import type { WeightFormat } from "./quantize-blocks.js";

const float32 = 1;

/** A product with a matrix in blocks, whose tensors are `weight` and `weight`_scales. */
export function productNode(
  node: Node,
  { weight, bits, block, inputs, outputs }: WeightFormat & { weight: string; inputs: number; outputs: number },
): Node {
  return {
    name: `${node.name}_Q${bits}`,
    opType: "MatMulNBits",
    domain: "com.microsoft",
    inputs: [node.inputs[0] ?? "", weight, `${weight}_scales`],
    outputs: node.outputs,
    attributes: [
      integerAttribute("K", inputs),
      integerAttribute("N", outputs),
      integerAttribute("bits", bits),
      integerAttribute("block_size", block),
      // Activations are rounded to 8 bits in blocks of their own row, so that no sequence changes another one.
      integerAttribute("accuracy_level", 4),
    ],
  };
}

/** An embedding with rows of 8 bits, whose tensors are `weight`_i8 and `weight`_scale. */
export function embeddingNodes(node: Node, weight: string): Node[] {
  const [, ids = ""] = node.inputs;
  const [output = ""] = node.outputs;
  const make = (opType: string, inputs: string[], made: string, attributes: Node["attributes"] = []): Node => ({
    name: `${made}_${opType}`,
    opType,
    domain: "",
    inputs,
    outputs: [made],
    attributes,
  });
  return [
    make("Gather", [`${weight}_i8`, ids], `${output}_codes`),
    make("Cast", [`${output}_codes`], `${output}_whole`, [integerAttribute("to", float32)]),
    make("Gather", [`${weight}_scale`, ids], `${output}_scales`),
    make("Mul", [`${output}_whole`, `${output}_scales`], output),
  ];
}
