import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { describeFile } from "@precis/models";

const files = [
  "config.json",
  "generation_config.json",
  "onnx/decoder_model_merged_quantized.onnx",
  "onnx/encoder_model_quantized.onnx",
  "tokenizer.json",
  "tokenizer_config.json",
];

async function entry(folder, model) {
  const described = await Promise.all(files.map((path) => describeFile(join(folder, model), path)));
  const weights = described.reduce((total, { size }) => total + size, 0);
  const json = async (name) => JSON.parse(await readFile(join(folder, model, name), "utf8"));
  const task = (await json("config.json")).task_specific_params.summarization;
  return {
    source: { folder: model },
    dtype: "q8",
    prefix: task.prefix,
    generation: {
      max_length: task.max_length,
      min_length: task.min_length,
      no_repeat_ngram_size: task.no_repeat_ngram_size,
      num_beams: 1,
    },
    context_length: (await json("tokenizer_config.json")).model_max_length,
    max_output_tokens: 256,
    // Measured: onnxruntime keeps the weights once, and part of them twice while it loads; the rest is Node and caches.
    peak_rss_bytes: Math.round(weights * 1.4 + 200_000_000),
    files: described,
  };
}

/** Writes the Precis manifest of a generated set whose models are beside it. */
export async function writeManifest(path, name) {
  const folder = dirname(path);
  const [bart, t5] = await Promise.all([entry(folder, "bart"), entry(folder, "t5")]);
  const manifest = {
    name,
    description: "Public shapes with random weights, for benchmarks.",
    license: "Apache-2.0",
    models: { bart, t5 },
  };
  await writeFile(path, `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Writes a copy of a set's manifest with other generation defaults; the models stay where they are. */
export async function writeVariant(path, original, generation) {
  const manifest = JSON.parse(await readFile(original, "utf8"));
  for (const model of Object.values(manifest.models)) {
    model.source.folder = resolve(dirname(original), model.source.folder);
    Object.assign(model.generation, generation);
  }
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, JSON.stringify(manifest));
}
