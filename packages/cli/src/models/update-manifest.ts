import { readFile, writeFile } from "node:fs/promises";
import { type ModelName, modelNames } from "@precis/contracts";
import { describeFile, findManifest, loadModelSet, type ModelEntry, resolveModel } from "@precis/models";

/**
 * Changes the entries of a set's manifest and writes it back; `files` stays the last field of each.
 *
 * @param set name or path, as in MODEL_SET
 * @returns the path of the manifest
 * @throws {PrecisError} `model_missing` or `model_corrupt`; then nothing was written.
 */
export async function updateManifest(
  set: string,
  change: (model: ModelName) => Promise<Partial<ModelEntry>>,
): Promise<string> {
  const path = await findManifest(set);
  await loadModelSet(path);
  const manifest = JSON.parse(await readFile(path, "utf8")) as { models: Record<ModelName, ModelEntry> };
  for (const model of modelNames) {
    const { files, ...entry } = { ...manifest.models[model], ...(await change(model)) };
    manifest.models[model] = { ...entry, files } as ModelEntry;
  }
  await writeFile(path, `${JSON.stringify(manifest, null, 2)}\n`);
  return path;
}

/** `precis models manifest FOLDER`: writes the size and SHA-256 of every file of the set into its manifest. */
export async function updateFiles(set: string, modelCache: string | undefined): Promise<string> {
  const loaded = await loadModelSet(set);
  return updateManifest(set, async (name) => {
    const { folder, files } = resolveModel(loaded, name, modelCache);
    return { files: await Promise.all(files.map(({ path }) => describeFile(folder, path))) };
  });
}
