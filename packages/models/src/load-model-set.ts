import { readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { PrecisError } from "@precis/contracts";
import { z } from "zod";
import { modelSetSchema } from "./manifest.js";

/** A model set with the folder its relative sources start from. */
export type ModelSet = z.infer<typeof modelSetSchema> & { readonly folder: string };

/** Found from this file and never from the working directory: a worker may be started anywhere. */
const bundled = fileURLToPath(new URL("../../../models", import.meta.url));

/**
 * Reads a model set: the name of one that comes with Precis (`mini`, `distilbart`), or the path of a manifest or of the
 * folder that holds its `manifest.json`.
 *
 * @throws {PrecisError} `model_missing` when there is none, `model_corrupt` when the manifest is wrong.
 */
export async function loadModelSet(nameOrPath: string): Promise<ModelSet> {
  const file = await findManifest(nameOrPath);
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    throw new PrecisError("model_corrupt", `${file} is not JSON: ${(cause as Error).message}`, { cause });
  }
  const parsed = modelSetSchema.safeParse(content);
  if (!parsed.success) {
    throw new PrecisError("model_corrupt", `${file} is not a model set manifest: ${z.prettifyError(parsed.error)}`);
  }
  return { ...parsed.data, folder: dirname(file) };
}

/**
 * The manifest file of a model set that is given as a name or a path.
 *
 * @throws {PrecisError} `model_missing` when there is none.
 */
export async function findManifest(nameOrPath: string): Promise<string> {
  const candidates = /^[\w-]+$/.test(nameOrPath)
    ? [join(bundled, nameOrPath, "manifest.json"), join(bundled, "hub", `${nameOrPath}.json`)]
    : [resolve(nameOrPath), resolve(nameOrPath, "manifest.json")];
  for (const file of candidates) {
    const found = await stat(file).catch(() => undefined);
    if (found?.isFile()) return file;
  }
  throw new PrecisError("model_missing", `model set ${nameOrPath}: no manifest at ${candidates.join(" or ")}`);
}
