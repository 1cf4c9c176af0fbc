import { PrecisError } from "@precis/contracts";
import { recentNames } from "@precis/onnx";
import { type InferenceSession, Tensor } from "onnxruntime-node";

/** How a decoder's key–value cache and its scores look: names and shapes, read off the file itself. */
export interface CacheLayout {
  /** Scores of a row: one for each token there is. */
  vocabulary: number;
  heads: number;
  headSize: number;
  /** Names by layer, key before value; the n-th input takes the n-th output of the step before. */
  selfInputs: readonly string[];
  selfOutputs: readonly string[];
  /** Of a decoder whose steps take and give the last few tokens of the self-attention cache: inputs for those before them. */
  settledInputs: readonly string[];
  crossInputs: readonly string[];
  crossOutputs: readonly string[];
  /** The rows of a text (its beams) share one cross-attention cache; else each has a copy. */
  sharesCross: boolean;
}

/**
 * @param fused what `fuseStep` made of a decoder: texts are given once for all rows, self-attention caches in two parts
 * @throws {PrecisError} `model_load_failed` for a decoder without such a cache.
 */
export function findCacheLayout(decoder: InferenceSession, fused: boolean): CacheLayout {
  const names = (part: "decoder" | "encoder") =>
    decoder.inputNames
      .filter((name) => new RegExp(`^past_key_values\\.\\d+\\.${part}\\.(key|value)$`).test(name))
      .sort((one, other) => one.localeCompare(other, "en", { numeric: true }));
  const selfInputs = names("decoder");
  const crossInputs = names("encoder");
  const first = decoder.inputMetadata.find(({ name }) => name === selfInputs[0]);
  const [, heads, , headSize] = first?.isTensor ? first.shape : [];
  const logits = decoder.outputMetadata.find(({ name }) => name === "logits");
  const vocabulary = logits?.isTensor ? logits.shape[2] : undefined;
  if (typeof heads !== "number" || typeof headSize !== "number" || typeof vocabulary !== "number") {
    throw new PrecisError(
      "model_load_failed",
      `the decoder is not a merged one with cache (logits, past_key_values.*): ${decoder.inputNames.join(", ")}`,
    );
  }
  const rename = (kind: string) => (name: string) => name.replace("past_key_values", kind);
  return {
    vocabulary,
    heads,
    headSize,
    ...(fused
      ? {
          selfInputs: selfInputs.map(rename(recentNames.input)),
          selfOutputs: selfInputs.map(rename(recentNames.output)),
          settledInputs: selfInputs,
        }
      : { selfInputs, selfOutputs: selfInputs.map(rename("present")), settledInputs: [] }),
    crossInputs,
    crossOutputs: crossInputs.map(rename("present")),
    sharesCross: fused,
  };
}

/** The parts of a cache that lie `stride` numbers apart in one buffer, as tensors of these names and dimensions. */
export function cacheViews(
  cache: Float32Array,
  names: readonly string[],
  stride: number,
  dims: readonly number[],
): Record<string, Tensor> {
  const size = dims.reduce((product, dim) => product * dim, 1);
  return Object.fromEntries(
    names.map((name, part) => {
      const start = part * stride;
      return [name, new Tensor("float32", cache.subarray(start, start + size), dims)];
    }),
  );
}
