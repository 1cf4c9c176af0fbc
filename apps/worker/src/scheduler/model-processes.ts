import type { Config } from "@precis/config";
import { type ModelName, omitUndefined } from "@precis/contracts";
import { type ModelSet, peakRssBytes, resolveModel, verifyModel } from "@precis/models";
import { isLarge } from "../memory/is-large.js";
import type { LoadSettings, StartModelProcess } from "./model-process.js";
import { SpawnedModelProcess } from "./spawn-model-process.js";

/** Returns a function that starts the process of a model with the settings of this worker. */
export function modelProcesses(
  config: Config,
  modelSet: ModelSet,
  runtime: Pick<LoadSettings, "device" | "threads" | "traces">,
): StartModelProcess {
  const settings: LoadSettings = {
    modelSet: config.modelSet,
    ...omitUndefined({ modelCache: config.modelCache }),
    ...runtime,
    maxRows: config.modelConcurrency,
    batchBytes: config.batchBytes,
  };
  return (model, events) => {
    const entry = modelSet.models[model];
    return new SpawnedModelProcess(model, {
      settings,
      size: isLarge(entry) ? "large" : "small",
      loadTimeoutMs: config.modelLoadTimeoutMs,
      hangTimeoutMs: config.modelHangTimeoutMs,
      contextLength: entry.context_length,
      verify: () => verifyModel(resolveModel(modelSet, model, config.modelCache)),
      events,
    });
  };
}

/** Peak memory of each model's process in bytes, with as many jobs as it may run. */
export function peakBytes({ models }: ModelSet, { modelConcurrency }: Config): Record<ModelName, number> {
  return { bart: peakRssBytes(models.bart, modelConcurrency), t5: peakRssBytes(models.t5, modelConcurrency) };
}
