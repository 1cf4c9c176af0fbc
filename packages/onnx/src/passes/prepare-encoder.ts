import type { OnnxModel } from "../graph/model.js";
import { fuseEncoder } from "./fuse-attention/fuse-attention.js";

/** From this size on, the attention scores of one layer over a text of full length are large. */
const largeScoresBytes = 16_000_000;

/** Whether fusing the attention of an encoder saves memory. For short texts it gains nothing and changes last bits. */
export function hasLargeScores(heads: number, contextLength: number): boolean {
  return heads * contextLength ** 2 * Float32Array.BYTES_PER_ELEMENT > largeScoresBytes;
}

/** An encoder after its passes, and one sentence for each pass that did not recognize the graph. */
export function prepareEncoder(model: OnnxModel, { fuse }: { fuse: boolean }): { model: OnnxModel; notes: string[] } {
  if (!fuse) return { model, notes: [] };
  const fused = fuseEncoder(model);
  return { model: fused.model, notes: fused.applied ? [] : [`fuse-attention was not applied: ${fused.reason}`] };
}
