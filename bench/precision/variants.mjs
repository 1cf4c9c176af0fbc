import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { quantizeModel } from "@precis/onnx";
import { cache, modelSets, venvPython } from "../models/paths.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const made = (model) => join(cache, "precision", model);

/** The precisions, fp32 first: its summaries are what the others are compared with. */
export const variants = {
  fp32: { title: "fp32", dtype: "fp32", folder: (model) => join(made(model), "fp32") },
  w8: { title: "weight-only 8-bit (shipped)", dtype: "q8", folder: modelSets.mini.onnx },
  w8x128: { title: "weight-only 8-bit, blocks of 128", dtype: "q8", folder: (model) => join(made(model), "w8x128") },
  dynamic: { title: "dynamic q8 (as on hubs)", dtype: "q8", folder: (model) => join(made(model), "dynamic") },
  w4: { title: "weight-only 4-bit", dtype: "q4", folder: (model) => join(made(model), "w4") },
};

/** Bytes of a variant's two ONNX files. */
export function fileBytes({ folder }, model) {
  const onnx = join(folder(model), "onnx");
  return readdirSync(onnx).reduce((total, file) => total + statSync(join(onnx, file)).size, 0);
}

function python(script, args) {
  const stdio = ["ignore", "ignore", "inherit"];
  const { status } = spawnSync(venvPython, ["-W", "ignore", join(here, script), ...args], { stdio });
  if (status !== 0) throw new Error(`${script} failed with code ${status}`);
}

/** Makes the variants in bench/.cache and skips what is there. */
export function makeVariants(model) {
  const target = made(model);
  if (existsSync(target)) return;
  console.log(`Making ${model} in every precision …`);
  const partial = `${target}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const bundled = modelSets.mini.onnx(model);
  python("restore_fp32.py", [bundled, modelSets.mini.torch(model), join(partial, "torch")]);
  python("make_variants.py", [join(partial, "torch"), partial]);
  mkdirSync(join(partial, "w8x128", "onnx"), { recursive: true });
  for (const network of ["encoder_model", "decoder_model_merged"]) {
    const [source, converted] = ["fp32", "w8x128"].map((variant) => join(partial, variant, "onnx", network));
    quantizeModel(`${source}.onnx`, `${converted}_quantized.onnx`, { bits: 8, block: 128 });
  }
  for (const variant of ["fp32", "w8x128", "dynamic", "w4"]) {
    for (const file of ["config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json"]) {
      copyFileSync(join(bundled, file), join(partial, variant, file));
    }
  }
  renameSync(partial, target);
}
