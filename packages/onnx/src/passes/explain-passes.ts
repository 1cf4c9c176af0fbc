import { basename } from "node:path";
import { readModel } from "../codec/read-model.js";
import type { OnnxModel } from "../graph/model.js";
import { readDims } from "../graph/tensor-type.js";
import { prepareDecoder } from "./prepare-decoder.js";
import { hasLargeScores, prepareEncoder } from "./prepare-encoder.js";

export interface NetworkFiles {
  encoder: string;
  decoder: string;
  /** The maximum number of tokens that the encoder reads at once. */
  contextLength: number;
  /** Whether the device has the fused operator. */
  fuse: boolean;
}

/**
 * Runs the passes on the graphs of a model as loading it would, without its weights and without a runtime.
 *
 * @returns one sentence, beginning with the file's name, for each pass that did not recognize a graph
 * @throws {Error} naming a file that is not an ONNX model
 */
export function explainPasses({ encoder, decoder, contextLength, fuse }: NetworkFiles): string[] {
  const decoderModel = readNamed(decoder);
  const isLong = hasLargeScores(countHeads(decoderModel), contextLength);
  return [
    ...nameFile(decoder, prepareDecoder(decoderModel, { fuse }).notes),
    ...nameFile(encoder, prepareEncoder(readNamed(encoder), { fuse: fuse && isLong }).notes),
  ];
}

function readNamed(path: string): OnnxModel {
  try {
    return readModel(path);
  } catch (cause) {
    throw new Error(`${basename(path)}: ${(cause as Error).message}`, { cause });
  }
}

/** Notes begin with the name of the file they are about. */
export function nameFile(path: string, notes: readonly string[]): string[] {
  return notes.map((note) => `${basename(path)}: ${note}`);
}

/** Read from the shape of the self-attention cache, [batch, heads, tokens, headSize]. */
function countHeads({ graph }: OnnxModel): number {
  const cache = graph.inputs.find(({ name }) => name === "past_key_values.0.decoder.key");
  const heads = cache === undefined ? undefined : readDims(cache.type)[1];
  return typeof heads === "number" ? heads : 0;
}
