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

/** Of equal ones the first. Eight at a time are looked at for a greater one, which is rare: half the time of one by one. */
function indexOfGreatest(scores: Float32Array): number {
  let index = 0;
  let greatest = scores[0] as number;
  const rest = scores.length % 8;
  const look = (from: number, to: number) => {
    for (let i = from; i < to; i += 1) {
      const score = scores[i] as number;
      if (score > greatest) {
        greatest = score;
        index = i;
      }
    }
  };
  look(0, rest);
  for (let i = rest; i < scores.length; i += 8) {
    if (
      (scores[i] as number) > greatest ||
      (scores[i + 1] as number) > greatest ||
      (scores[i + 2] as number) > greatest ||
      (scores[i + 3] as number) > greatest ||
      (scores[i + 4] as number) > greatest ||
      (scores[i + 5] as number) > greatest ||
      (scores[i + 6] as number) > greatest ||
      (scores[i + 7] as number) > greatest
    ) {
      look(i, i + 8);
    }
  }
  return index;
}
