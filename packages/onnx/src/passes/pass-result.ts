import type { OnnxModel } from "../graph/model.js";

/** What a pass returns. A graph that it does not recognize comes back unchanged, with the reason. */
export type PassResult =
  | { model: OnnxModel; applied: true }
  | {
      model: OnnxModel;
      applied: false;
      /** Why the graph was not recognized, as the end of a sentence: `the graph has no Softmax`. */
      reason: string;
    };
