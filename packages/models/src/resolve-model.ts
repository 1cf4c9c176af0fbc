import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { ModelName } from "@precis/contracts";
import type { ModelSet } from "./load-model-set.js";
import type { ModelEntry } from "./manifest.js";

/** One model of a set, with the absolute folder its files are in (or, from a hub and not pulled yet, will be). */
export type ResolvedModel = ModelEntry & { readonly name: ModelName; readonly folder: string };

/** Where pulled models are kept when nothing else is said. */
export const defaultModelCache = join(homedir(), ".cache", "precis", "models");

/** @param cache folder of pulled models; only hub sources look there */
export function resolveModel(set: ModelSet, name: ModelName, cache: string = defaultModelCache): ResolvedModel {
  const entry = set.models[name];
  const folder =
    "folder" in entry.source
      ? resolve(set.folder, entry.source.folder)
      : resolve(cache, entry.source.hub.replace("/", "--"), entry.source.revision);
  return { ...entry, name, folder };
}
