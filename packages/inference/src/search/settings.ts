import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { GenerationSettings, ResolvedModel } from "@precis/models";

/** The tokens that begin and end a sequence. */
export interface ControlTokens {
  start: number;
  end: readonly number[];
}

/** The defaults of `generate`, for models without settings of their own. */
export const neutralSettings: GenerationSettings = {
  max_length: 128,
  min_length: 0,
  num_beams: 1,
  no_repeat_ngram_size: 0,
  repetition_penalty: 1,
  length_penalty: 1,
  early_stopping: false,
  forced_bos_token_id: null,
  forced_eos_token_id: null,
};

/**
 * Reads a model's generation defaults with the precedence of the transformers pipeline: generation_config.json, overridden
 * by `task_specific_params.summarization` in config.json, overridden by the model set's manifest.
 */
export async function readSettings(
  model: ResolvedModel,
): Promise<{ settings: GenerationSettings; tokens: ControlTokens }> {
  const read = async (file: string) =>
    JSON.parse(await readFile(join(model.folder, file), "utf8")) as Record<string, unknown>;
  const [config, generation] = await Promise.all([read("config.json"), read("generation_config.json")]);
  const task = (config.task_specific_params as { summarization?: object } | null | undefined)?.summarization;
  const given: Record<string, unknown> = { ...generation, ...task, ...model.generation };
  const settings = Object.fromEntries(
    Object.entries(neutralSettings).map(([key, value]) => [key, given[key] ?? value]),
  ) as unknown as GenerationSettings;
  const end = (generation.eos_token_id ?? config.eos_token_id) as number | number[];
  return {
    settings,
    tokens: {
      start: (generation.decoder_start_token_id ?? config.decoder_start_token_id) as number,
      end: Array.isArray(end) ? end : [end],
    },
  };
}
