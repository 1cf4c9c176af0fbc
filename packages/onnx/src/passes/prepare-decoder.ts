import type { OnnxModel } from "../graph/model.js";
import { fuseDecoderStep } from "./fuse-attention/fuse-attention.js";
import { splitDecoder } from "./split-decoder/split-decoder.js";

/** A merged decoder after its passes: two graphs, or the exported one if the decoder could not be split. */
export type PreparedDecoder = (
  | {
      isSplit: true;
      cross: OnnxModel;
      step: OnnxModel;
      /** Whether the step takes the inputs that `fuseDecoderStep` describes. */
      isFused: boolean;
    }
  | { isSplit: false; whole: OnnxModel }
) & {
  /** One sentence for each pass that did not recognize the graph. */
  notes: string[];
};

/** @param fuse false on devices without the fused operator; then its absence is no note */
export function prepareDecoder(model: OnnxModel, { fuse }: { fuse: boolean }): PreparedDecoder {
  const split = splitDecoder(model);
  if (!split.applied)
    return { isSplit: false, whole: model, notes: [`split-decoder was not applied: ${split.reason}`] };
  const { cross, step } = split;
  if (!fuse) return { isSplit: true, cross, step, isFused: false, notes: [] };
  const fused = fuseDecoderStep(step);
  const notes = fused.applied ? [] : [`fuse-attention was not applied: ${fused.reason}`];
  return { isSplit: true, cross, step: fused.model, isFused: fused.applied, notes };
}
