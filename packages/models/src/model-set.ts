import { readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type ModelName, PrecisError } from "@precis/contracts";
import { z } from "zod";

const modelEntrySchema = z.object({
  source: z.union([z.object({ folder: z.string() }), z.object({ hub: z.string(), revision: z.string() })]),
  /** As transformers.js names it: `q8` reads `onnx/*_quantized.onnx`. */
  dtype: z.enum(["fp32", "fp16", "q8", "int8", "uint8", "q4", "q4f16", "bnb4"]),
  /** Put before every chunk. */
  prefix: z.string(),
  /** Defaults of a summary; lengths in tokens. */
  generation: z.object({
    max_length: z.int().positive(),
    min_length: z.int().nonnegative(),
    no_repeat_ngram_size: z.int().nonnegative(),
  }),
  /** Most input tokens, prefix and special tokens included. */
  context_length: z.int().positive(),
  /** Most tokens one generation may produce. */
  max_output_tokens: z.int().positive(),
  files: z.array(z.object({ path: z.string(), size: z.int().nonnegative(), sha256: z.string().length(64) })),
});

const modelSetSchema = z.object({
  name: z.string(),
  description: z.string(),
  license: z.string(),
  models: z.object({ bart: modelEntrySchema, t5: modelEntrySchema }),
});

/** A model set with the folder its relative sources start from. */
export type ModelSet = z.infer<typeof modelSetSchema> & { folder: string };

/** One model of a set, with the absolute folder of its files. */
export type ResolvedModel = z.infer<typeof modelEntrySchema> & { name: ModelName; path: string };

const bundled = fileURLToPath(new URL("../../../models", import.meta.url));

/**
 * Reads a model set: the name of a bundled one, or the path of a manifest or of its folder.
 *
 * @throws {PrecisError} `model_missing` when there is none, `model_corrupt` when the manifest is wrong.
 */
export async function loadModelSet(nameOrPath: string): Promise<ModelSet> {
  const path = /^[\w-]+$/.test(nameOrPath) ? join(bundled, nameOrPath) : resolve(nameOrPath);
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const file = isFolder ? join(path, "manifest.json") : path;
  const content = await readFile(file, "utf8").catch(() => {
    throw new PrecisError("model_missing", `MODEL_SET=${nameOrPath}: there is no manifest at ${file}`);
  });
  const parsed = modelSetSchema.safeParse(parseJson(content));
  if (!parsed.success) {
    throw new PrecisError("model_corrupt", `${file} is not a model set manifest: ${z.prettifyError(parsed.error)}`);
  }
  return { ...parsed.data, folder: dirname(file) };
}

/** @throws {PrecisError} `model_missing` for a hub source, which has to be pulled into a folder first. */
export function resolveModel(set: ModelSet, name: ModelName): ResolvedModel {
  const entry = set.models[name];
  if (!("folder" in entry.source)) {
    throw new PrecisError("model_missing", `${name} of ${set.name} is on a hub; put its files into a folder first`);
  }
  return { ...entry, name, path: resolve(set.folder, entry.source.folder) };
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}
