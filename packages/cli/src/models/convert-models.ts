import { copyFile, mkdir, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Config } from "@precis/config";
import { modelNames, PrecisError } from "@precis/contracts";
import { describeFile, dtypeSuffixes, loadModelSet, type ResolvedModel, resolveModel } from "@precis/models";
import { quantizeModel, type WeightFormat } from "@precis/onnx";
import { batchPeak } from "./batch-peak.js";
import { pullFullPrecision } from "./pull-full-precision.js";

const networks = ["encoder_model", "decoder_model_merged"];

export interface ConvertOptions {
  /** Folder of the new set; its manifest.json is written last. */
  to: string;
  format: WeightFormat;
}

/**
 * Makes a model set whose weights alone are quantized, so that its texts can be generated together, from the float32 files
 * of another: those of its hub, which are fetched, or those in its folder.
 *
 * @throws {PrecisError} `model_missing` or `model_corrupt`; what was fetched by then stays and is not fetched again.
 */
export async function convertModels(
  config: Config,
  { to, format }: ConvertOptions,
  report: (message: string) => void,
): Promise<void> {
  const set = await loadModelSet(config.modelSet);
  const { bits } = format;
  const fetched = join(to, "float32");
  const models: Record<string, object> = {};
  for (const name of modelNames) {
    const model = resolveModel(set, name, config.modelCache);
    const source = "hub" in model.source ? join(fetched, name) : model.folder;
    if ("hub" in model.source) await pullFullPrecision({ ...model, folder: source }, config.modelHub, report);
    const files = await convert(model, source, join(to, name), format, report);
    const { name: _, folder: __, source: ___, ...entry } = model;
    models[name] = {
      source: { folder: name },
      ...entry,
      ...(model.batching ? {} : await batchPeak(model, join(to, name), config.batchBytes)),
      dtype: dtypeOf(format),
      batching: true,
      files,
    };
  }
  const manifest = {
    name: `${set.name}-${bits}bit`,
    description: `${set.description} Weights alone in ${bits} bits, made by precis models convert.`,
    license: set.license,
    models,
  };
  await writeFile(join(to, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  await rm(fetched, { recursive: true, force: true });
}

const dtypeOf = ({ bits }: WeightFormat) => (bits === 8 ? "q8" : "q4");

async function convert(
  model: ResolvedModel,
  source: string,
  target: string,
  format: WeightFormat,
  report: (message: string) => void,
): Promise<object[]> {
  const paths = model.files.map(({ path }) => path).filter((path) => !path.startsWith("onnx/"));
  await mkdir(join(target, "onnx"), { recursive: true });
  for (const path of paths) {
    await mkdir(dirname(join(target, path)), { recursive: true });
    await copyFile(join(source, path), join(target, path));
  }
  for (const network of networks) {
    const original = join(source, "onnx", `${network}.onnx`);
    if (!(await stat(original).catch(() => undefined))?.isFile()) {
      throw new PrecisError(
        "model_missing",
        `${model.name}: ${original} is not there; only float32 files can be converted`,
      );
    }
    const path = `onnx/${network}${dtypeSuffixes[dtypeOf(format)]}.onnx`;
    try {
      const { products, embeddings } = quantizeModel(original, join(target, path), format);
      report(`${model.name}: ${path}: ${products} products and ${embeddings} look-ups quantized`);
    } catch (cause) {
      throw new PrecisError("model_corrupt", `${model.name}: ${original}: ${(cause as Error).message}`, { cause });
    }
    paths.push(path);
  }
  return Promise.all(paths.map((path) => describeFile(target, path)));
}
