import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { writeManifest, writeVariant } from "./manifest.mjs";
import { modelSets, root, venvPython } from "./paths.mjs";

const here = dirname(fileURLToPath(import.meta.url));

function python(args) {
  const { status } = spawnSync(venvPython, args, { stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) throw new Error(`${args.join(" ")} failed with code ${status}`);
}

/** Makes a folder if it does not exist, under another name until it is complete. */
function once(folder, command) {
  if (existsSync(folder)) return;
  console.log(`Making ${relative(root, folder)} …`);
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  command(partial);
  renameSync(partial, folder);
}

/** Makes the models of the full benchmarks in bench/.cache, those that do not exist yet. */
export async function makeModels() {
  const { mini, real } = modelSets;
  for (const model of ["t5", "bart"]) {
    once(mini.torch(model), (target) => python([join(here, "dequantize.py"), mini.onnx(model), target]));
    once(real.torch(model), (target) => python([join(here, "random_weights.py"), model, mini.onnx(model), target]));
    once(real.onnx(model), (target) => python([join(here, "export_onnx.py"), real.torch(model), target]));
    for (const set of [mini, real]) {
      once(set.ct2(model), (target) => {
        const converter = ["-m", "ctranslate2.converters.transformers", "--model", set.torch(model)];
        python([...converter, "--output_dir", target, "--quantization", "int8"]);
      });
    }
  }
  if (!existsSync(real.manifest)) await writeManifest(real.manifest, "real");
  for (const set of [mini, real]) await writeVariant(set.beams, set.manifest, { num_beams: 4 });
}
