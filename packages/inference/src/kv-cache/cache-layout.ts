import { PrecisError } from "@precis/contracts";
import { tailNames } from "@precis/onnx";
import { type InferenceSession, Tensor } from "onnxruntime-node";

/** The names and shapes of a decoder's KV cache and scores, as its session reports them. */
export interface CacheLayout {
  /** Scores per sequence: one for each token of the vocabulary. */
  vocabulary: number;
  heads: number;
  headSize: number;
  /**
   * Names by layer, key before value; the n-th input takes the n-th output of the step before. If the decoder takes the
   * self-attention cache in two parts, these are the names of its tail.
   */
  selfInputs: readonly string[];
  selfOutputs: readonly string[];
  /** Names of the committed part; empty if the decoder takes the self-attention cache in one part. */
  committedInputs: readonly string[];
  crossInputs: readonly string[];
  crossOutputs: readonly string[];
  /** Whether the sequences of a text (its beams) share one cross-attention cache, instead of a copy each. */
  sharesCross: boolean;
}

/**
 * @param isFused whether the decoder takes the inputs that the pass `fuseDecoderStep` describes
 * @throws {PrecisError} `model_load_failed` for a decoder without a KV cache
 */
export function findCacheLayout(decoder: InferenceSession, isFused: boolean): CacheLayout {
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
      `the decoder must be a merged one with a cache (logits, past_key_values.*); its inputs are ${decoder.inputNames.join(", ")}`,
    );
  }
  const rename = (kind: string) => (name: string) => name.replace("past_key_values", kind);
  return {
    vocabulary,
    heads,
    headSize,
    ...(isFused
      ? {
          selfInputs: selfInputs.map(rename(tailNames.input)),
          selfOutputs: selfInputs.map(rename(tailNames.output)),
          committedInputs: selfInputs,
        }
      : { selfInputs, selfOutputs: selfInputs.map(rename("present")), committedInputs: [] }),
    crossInputs,
    crossOutputs: crossInputs.map(rename("present")),
    sharesCross: isFused,
  };
}

/** Views of a cache as tensors of the given names and dimensions, which begin `stride` numbers apart in one buffer. */
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
