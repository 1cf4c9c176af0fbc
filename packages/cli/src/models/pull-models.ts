import type { Config } from "@precis/config";
import { modelNames, redactAddress } from "@precis/contracts";
import { findModelIssues, loadModelSet, pullModel, resolveModel } from "@precis/models";
import { createPullProgress } from "./pull-progress.js";

/**
 * Fetches what is missing of a hub's models, telling of progress at every file and once a second; does nothing for a set
 * that is in a folder or complete.
 *
 * @throws {PrecisError} `model_missing` or `model_corrupt`; what is whole by then stays.
 */
export async function pullModels(config: Config, report: (message: string) => void): Promise<void> {
  const set = await loadModelSet(config.modelSet);
  for (const name of modelNames) {
    const model = resolveModel(set, name, config.modelCache);
    if (!("hub" in model.source)) continue;
    if ((await findModelIssues(model, { hashes: false })).length === 0) continue;
    report(`Fetching ${model.source.hub} for ${name} from ${redactAddress(config.modelHub)} to ${model.folder} …`);
    await pullModel(model, { hub: config.modelHub, onProgress: createPullProgress(report) });
  }
}
