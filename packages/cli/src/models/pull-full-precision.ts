import { join } from "node:path";
import { PrecisError, redactAddress } from "@precis/contracts";
import { pullModel, type ResolvedModel } from "@precis/models";
import { externalFiles } from "@precis/onnx";
import { createPullProgress } from "./pull-progress.js";

const networks = ["onnx/encoder_model.onnx", "onnx/decoder_model_merged.onnx"];

/**
 * Fetches the float32 files of a hub model into its folder, whatever precision its manifest names, and the files their
 * weights lie in, which only they themselves name.
 */
export async function pullFullPrecision(
  model: ResolvedModel,
  hub: string,
  report: (message: string) => void,
): Promise<void> {
  const named = model.files.filter(({ path }) => !path.startsWith("onnx/") || networks.includes(path));
  const paths = networks.filter((path) => !named.some((file) => file.path === path));
  const files = [...named, ...paths.map((path) => ({ path }))];
  const pull = (wanted: typeof files) =>
    pullModel({ ...model, files: wanted } as ResolvedModel, { hub, onProgress: createPullProgress(report) });
  report(`Fetching the float32 files for ${model.name} from ${redactAddress(hub)} to ${model.folder} …`);
  await pull(files);
  let weights: string[];
  try {
    weights = networks.flatMap((path) => externalFiles(join(model.folder, path)));
  } catch (cause) {
    throw new PrecisError("model_corrupt", `${model.name}: ${(cause as Error).message}`, { cause });
  }
  const outside = weights.find((file) => !/^[\w.-]+$/.test(file) || file.includes(".."));
  if (outside !== undefined) {
    throw new PrecisError("model_corrupt", `${model.name}: weights in ${outside}, which is no file beside the model`);
  }
  if (weights.length > 0) await pull([...files, ...weights.map((file) => ({ path: `onnx/${file}` }))]);
}
