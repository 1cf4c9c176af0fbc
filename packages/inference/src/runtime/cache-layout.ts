import { PrecisError } from "@precis/contracts";
import type { InferenceSession } from "onnxruntime-node";

/** How a decoder's key–value cache and its scores look: names and shapes, read off the file itself. */
export interface CacheLayout {
  /** Scores of a row: one for each token there is. */
  vocabulary: number;
  heads: number;
  headSize: number;
  /** Names by layer, key before value; the n-th input takes the n-th output of the step before. */
  selfInputs: readonly string[];
  selfOutputs: readonly string[];
  crossInputs: readonly string[];
  crossOutputs: readonly string[];
  /** The rows of a text (its beams) share one cross-attention cache; else each has a copy. */
  sharesCross: boolean;
}

/** @throws {PrecisError} `model_load_failed` for a decoder without such a cache. */
export function findCacheLayout(decoder: InferenceSession, sharesCross: boolean): CacheLayout {
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
  const toOutput = (name: string) => name.replace("past_key_values", "present");
  return {
    vocabulary,
    heads,
    headSize,
    selfInputs,
    selfOutputs: selfInputs.map(toOutput),
    crossInputs,
    crossOutputs: crossInputs.map(toOutput),
    sharesCross,
  };
}
