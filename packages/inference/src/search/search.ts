import type { GenerationSettings } from "@precis/models";
import { createBeamSearch } from "./beam-search.js";
import { createGreedySearch } from "./greedy-search.js";
import type { ControlTokens } from "./settings.js";

/** What the rows of a search do next: row i goes on from the cache of row `parents[i]` with `tokens[i]`. */
export interface NextRows {
  tokens: readonly number[];
  parents: readonly number[];
}

/** A decoder's scores as they are, or the logarithm of their softmax. */
export type ScoreKind = "logits" | "log probabilities";

/** One text's generation, seen from the token side: it takes scores and says which tokens to run next. */
export interface Search {
  /** Rows of a batch it needs: its beams. */
  readonly width: number;
  /** What it chooses by. */
  readonly scores: ScoreKind;
  /** Most tokens it can come to, start token included. */
  readonly maxLength: number;
  /**
   * Takes one row of scores for each of its rows (they may be changed) and chooses.
   *
   * @returns what to run next, or undefined when the search has come to its end
   */
  advance(scores: readonly Float32Array[]): NextRows | undefined;
  /** Best sequence so far, without the start token; at the end, the result. */
  best(): readonly number[];
}

export function createSearch(settings: GenerationSettings, tokens: ControlTokens): Search {
  return settings.num_beams === 1 ? createGreedySearch(settings, tokens) : createBeamSearch(settings, tokens);
}
