import type { GenerationSettings } from "@precis/models";
import { createBeamSearch } from "./beam-search.js";
import { createGreedySearch } from "./greedy-search.js";
import type { Search } from "./search.js";
import type { ControlTokens } from "./settings.js";

/** Greedy for one beam, else beam search. */
export function createSearch(settings: GenerationSettings, tokens: ControlTokens): Search {
  return settings.num_beams === 1 ? createGreedySearch(settings, tokens) : createBeamSearch(settings, tokens);
}
