import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { GenerationSettings, ResolvedModel } from "@precis/models";

/** The tokens that steer a generation. */
export interface ControlTokens {
  start: number;
  end: readonly number[];
}

/** What `generate` does when a model says nothing. */
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
 * A model's generation defaults in the order the transformers pipeline takes them: generation_config.json, over it
 * config.json's `task_specific_params.summarization`, over both what the model set's manifest overrides.
 */
export async function readSettings(
  model: ResolvedModel,
): Promise<{ settings: GenerationSettings; tokens: ControlTokens }> {
  const read = async (file: string) =>
    JSON.parse(await readFile(join(model.folder, file), "utf8")) as Record<string, unknown>;
  const [config, generation] = await Promise.all([read("config.json"), read("generation_config.json")]);
  const task = (config.task_specific_params as { summarization?: object } | null | undefined)?.summarization;
  const said: Record<string, unknown> = { ...generation, ...task, ...model.generation };
  const settings = Object.fromEntries(
    Object.entries(neutralSettings).map(([key, value]) => [key, said[key] ?? value]),
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
