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
 * Writes a float32 encoder or decoder with weights of 8 or 4 bits: `MatMulNBits` in blocks where a product has a
 * constant matrix, rows of 8 bits where tokens are looked up. A row's result then does not depend on the other rows of its
 * batch, as it does in dynamically quantized files. Takes the memory of one quantized tensor and a few megabytes.
 *
 * @param target gets its name once it is whole
 * @throws {Error} saying why, for a file that is not of this form: quantized or half precision already, no constant matrices
 */
export function quantizeModel(source: string, target: string, format: WeightFormat): Omit<QuantizedGraph, "graph"> {
  const { graph, rest } = readModel(source);
  refuse(graph);
  const folder = dirname(source);
  const scratchPath = `${target}.weights`;
  const partial = `${target}.partial`;
  const scratch = openScratchFile(scratchPath, folder);
  try {
    const { graph: quantized, ...counts } = quantizeGraph(graph, { folder, format, put: scratch.put });
    if (counts.products === 0) throw new Error("no product with a constant float32 matrix is in the file");
    writeModel(partial, { graph: quantized, rest: importMicrosoft(rest) }, folder);
    renameSync(partial, target);
    return counts;
  } finally {
    scratch.close();
    rmSync(partial, { force: true });
    rmSync(scratchPath, { force: true });
  }
}

function refuse({ nodes, initializers }: Graph): void {
  const half = initializers.find(({ dataType, dims }) => dataType === float16 && dims.length === 2);
  if (half !== undefined) throw new Error(`the weights are float16 (${half.name}); the float32 file is needed`);
  for (const node of nodes) {
    const { opType } = node;
    if (quantizedOps.test(opType)) throw new Error(`the file is quantized (${opType}); the float32 file is needed`);
    for (const graph of subgraphsOf(node)) refuse(graph);
  }
}
