import { PrecisError } from "@precis/contracts";
import { type InferenceSession, Tensor } from "onnxruntime-node";

/** How a merged decoder's key–value cache looks: names and shapes, read off the file itself. */
export interface CacheLayout {
  heads: number;
  headSize: number;
  /** Width of the encoder's states. */
  width: number;
  /** Names by layer, key before value; the n-th input takes the n-th output of the step before. */
  selfInputs: readonly string[];
  selfOutputs: readonly string[];
  crossInputs: readonly string[];
  crossOutputs: readonly string[];
  /** What every step gives: scores and self-attention cache. */
  stepOutputs: readonly string[];
  /** Caches of length 0, for the first step. */
  empty: Record<string, Tensor>;
}

/** @throws {PrecisError} `model_load_failed` for a decoder that is not a merged one with cache. */
export function findCacheLayout(decoder: InferenceSession): CacheLayout {
  const names = (part: "decoder" | "encoder") =>
    decoder.inputNames.filter((name) => new RegExp(`^past_key_values\\.\\d+\\.${part}\\.(key|value)$`).test(name));
  const selfInputs = names("decoder");
  const crossInputs = names("encoder");
  const shapeOf = (wanted: string) => {
    const found = decoder.inputMetadata.find(({ name }) => name === wanted);
    return found?.isTensor ? found.shape : [];
  };
  const [, heads, , headSize] = shapeOf(selfInputs[0] ?? "");
  const width = shapeOf("encoder_hidden_states")[2];
  if (
    !decoder.inputNames.includes("use_cache_branch") ||
    typeof heads !== "number" ||
    typeof headSize !== "number" ||
    typeof width !== "number"
  ) {
    throw new PrecisError(
      "model_load_failed",
      `the decoder is not a merged one with cache (use_cache_branch, past_key_values.*): ${decoder.inputNames.join(", ")}`,
    );
  }
  const toOutput = (name: string) => name.replace("past_key_values", "present");
  const selfOutputs = selfInputs.map(toOutput);
  return {
    heads,
    headSize,
    width,
    selfInputs,
    selfOutputs,
    crossInputs,
    crossOutputs: crossInputs.map(toOutput),
    stepOutputs: ["logits", ...selfOutputs],
    empty: Object.fromEntries(
      [...selfInputs, ...crossInputs].map((name) => [
        name,
        new Tensor("float32", new Float32Array(0), [1, heads, 0, headSize]),
      ]),
    ),
  };
}
