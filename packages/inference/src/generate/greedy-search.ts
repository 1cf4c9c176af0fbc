import type { GenerationSettings } from "@precis/models";
import { processScores } from "./process-scores.js";
import type { Search } from "./search.js";
import type { ControlTokens } from "./settings.js";

/** Always the most probable token. */
export function createGreedySearch(settings: GenerationSettings, tokens: ControlTokens): Search {
  const ids = [tokens.start];
  return {
    width: 1,
    scores: "logits",
    maxLength: settings.max_length,
    advance: ([scores]) => {
      if (scores === undefined) throw new TypeError("greedy search needs one row of scores");
      processScores(scores, ids, settings, tokens);
      const next = indexOfGreatest(scores);
      ids.push(next);
      if (tokens.end.includes(next) || ids.length >= settings.max_length) return undefined;
      return { tokens: [next], parents: [0] };
    },
    best: () => ids.slice(1),
  };
}

function indexOfGreatest(scores: Float32Array): number {
  let index = 0;
  let greatest = scores[0] as number;
  for (let i = 1; i < scores.length; i += 1) {
    const score = scores[i] as number;
    if (score > greatest) {
      greatest = score;
      index = i;
    }
  }
  return index;
}
