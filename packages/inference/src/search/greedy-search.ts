import type { GenerationSettings } from "@precis/models";
import { processScores } from "./process-scores.js";
import type { Search } from "./search.js";
import type { ControlTokens } from "./settings.js";

/** Chooses the most probable token at every step. */
export function createGreedySearch(settings: GenerationSettings, tokens: ControlTokens): Search {
  const ids = [tokens.start];
  return {
    width: 1,
    scores: "logits",
    maxLength: settings.max_length,
    advance: ([scores]) => {
      if (scores === undefined) throw new TypeError("greedy search takes the scores of one sequence (got none)");
      processScores(scores, ids, settings, tokens);
      const next = indexOfMax(scores);
      ids.push(next);
      if (tokens.end.includes(next) || ids.length >= settings.max_length) return undefined;
      return { tokens: [next], parents: [0] };
    },
    best: () => ids.slice(1),
  };
}

/** The first of equal scores. Checking eight at a time takes half the time, since a greater score is rare. */
function indexOfMax(scores: Float32Array): number {
  let index = 0;
  let max = scores[0] as number;
  const rest = scores.length % 8;
  const checkEach = (from: number, to: number) => {
    for (let i = from; i < to; i += 1) {
      const score = scores[i] as number;
      if (score > max) {
        max = score;
        index = i;
      }
    }
  };
  checkEach(0, rest);
  for (let i = rest; i < scores.length; i += 8) {
    if (
      (scores[i] as number) > max ||
      (scores[i + 1] as number) > max ||
      (scores[i + 2] as number) > max ||
      (scores[i + 3] as number) > max ||
      (scores[i + 4] as number) > max ||
      (scores[i + 5] as number) > max ||
      (scores[i + 6] as number) > max ||
      (scores[i + 7] as number) > max
    ) {
      checkEach(i, i + 8);
    }
  }
  return index;
}
