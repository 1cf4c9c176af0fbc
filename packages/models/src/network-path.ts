import { join } from "node:path";
import { dtypeSuffixes } from "./manifest.js";
import type { ResolvedModel } from "./resolve-model.js";

/** The two networks of a model, by the names that exporters give their files. */
export type NetworkFile = "encoder_model" | "decoder_model_merged";

/** The ONNX file of a network in the model's weight format. */
export function networkPath({ folder, dtype }: Pick<ResolvedModel, "folder" | "dtype">, network: NetworkFile): string {
  return join(folder, "onnx", `${network}${dtypeSuffixes[dtype]}.onnx`);
}
