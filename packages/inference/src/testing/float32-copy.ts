import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ResolvedModel } from "@precis/models";
import { encodeModel, readModel } from "@precis/onnx";
import { toFloat32 } from "@precis/onnx/testing";

/**
 * Writes the networks of a bundled model in float32, where rounding errors have a known bound. Products of 8-bit integers have
 * none: a last bit that differs between two CPUs can round an activation to another integer, which changes every later layer.
 *
 * @param folder an empty folder
 */
export async function writeFloat32Copy(model: ResolvedModel, folder: string): Promise<ResolvedModel> {
  const [source, target] = [join(model.folder, "onnx"), join(folder, "onnx")];
  await mkdir(target, { recursive: true });
  for (const network of ["encoder_model", "decoder_model_merged"]) {
    const float32 = toFloat32(readModel(join(source, `${network}_quantized.onnx`)), source);
    await writeFile(join(target, `${network}.onnx`), encodeModel(float32));
  }
  return { ...model, dtype: "fp32", folder, files: [] };
}
