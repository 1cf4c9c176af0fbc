import { renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { readModel } from "../../codec/read-model.js";
import { writeModel } from "../../codec/write-model.js";
import { importMicrosoft } from "../../graph/import-microsoft.js";
import type { Graph } from "../../graph/model.js";
import { subgraphsOf } from "../../graph/subgraphs-of.js";
import type { WeightFormat } from "./quantize-blocks.js";
import { type QuantizedGraph, quantizeGraph } from "./quantize-graph.js";
import { openScratchFile } from "./scratch-file.js";

const quantizedOps = /^(MatMulNBits|MatMulInteger|DynamicQuantize\w+|DequantizeLinear|QLinear\w+)$/;
const float16 = 10;

/**
 * Writes a float32 encoder or decoder with weights of 8 or 4 bits: products with a constant matrix become `MatMulNBits` with
 * blocks, and token embeddings become rows of 8 bits. Unlike in dynamically quantized files, the result of a sequence does
 * not depend on the others in its batch. Needs the memory of one quantized tensor and a few megabytes.
 *
 * @param target is renamed into place when it is complete
 * @throws {Error} with the reason, for a file that is already quantized or half precision, or has no constant matrices
 */
export function quantizeModel(source: string, target: string, format: WeightFormat): Omit<QuantizedGraph, "graph"> {
  const { graph, rest } = readModel(source);
  assertFloat32(graph);
  const folder = dirname(source);
  const scratchPath = `${target}.weights`;
  const partial = `${target}.partial`;
  const scratch = openScratchFile(scratchPath, folder);
  try {
    const { graph: quantized, ...counts } = quantizeGraph(graph, { folder, format, put: scratch.put });
    if (counts.products === 0) throw new Error("the file has no product with a constant float32 matrix");
    writeModel(partial, { graph: quantized, rest: importMicrosoft(rest) }, folder);
    renameSync(partial, target);
    return counts;
  } finally {
    scratch.close();
    rmSync(partial, { force: true });
    rmSync(scratchPath, { force: true });
  }
}

function assertFloat32({ nodes, initializers }: Graph): void {
  const half = initializers.find(({ dataType, dims }) => dataType === float16 && dims.length === 2);
  if (half !== undefined) throw new Error(`the weights must be float32 (${half.name} is float16)`);
  for (const node of nodes) {
    const { opType } = node;
    if (quantizedOps.test(opType)) throw new Error(`the file must not be quantized (it has ${opType} nodes)`);
    for (const graph of subgraphsOf(node)) assertFloat32(graph);
  }
}
