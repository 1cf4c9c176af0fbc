import type { GenerationSettings } from "@precis/models";
import { processScores } from "./process-scores.js";
import type { Search } from "./search.js";
import type { ControlTokens } from "./settings.js";
import { takeTop } from "./take-top.js";

/** Stands for minus infinity where transformers uses it, so that even the ties come out alike. */
const never = -1e9;

interface Beam {
  ids: readonly number[];
  score: number;
}

/**
 * Beam search, step for step as transformers' `_beam_search` (4.50 to 5.x) does it for one text, float32 rounding
 * included: `2 × beams` candidates a step, the running beams and the finished ones kept apart, the finished ones ranked
 * by their score over `length ** length_penalty`.
 */
export function createBeamSearch(settings: GenerationSettings, tokens: ControlTokens): Search {
  const width = settings.num_beams;
  const { length_penalty: penalty, early_stopping: early, max_length } = settings;
  const keep = Math.max(2, 1 + tokens.end.length) * width;
  let running: Beam[] = Array.from({ length: width }, (_, i) => ({ ids: [tokens.start], score: i === 0 ? 0 : never }));
  let finished: (Beam & { done: boolean })[] = running.map(({ ids }) => ({ ids, score: never, done: false }));
  let improvable = true;

  const advance: Search["advance"] = (rows) => {
    const length = (running[0] as Beam).ids.length;
    const candidates = takeTop(
      keep,
      running.map(({ ids, score }, row) => {
        const scores = rows[row] as Float32Array;
        processScores(scores, ids, settings, tokens);
        return { scores, offset: score };
      }),
    ).map(({ row, token, score }) => ({
      parent: row,
      token,
      score,
      ids: [...(running[row] as Beam).ids, token],
      stops: tokens.end.includes(token) || length + 1 >= max_length,
    }));

    const next = best(
      candidates.map((candidate) => ({ ...candidate, score: candidate.score + (candidate.stops ? never : 0) })),
      width,
    );

    const full = finished.every(({ done }) => done) && early === true;
    const divisor = length ** penalty;
    const closing = candidates.map(({ ids, score, stops }, rank) => {
      // Only the first `width` may finish; the others are there so that enough are left to go on.
      const done = stops && rank < width;
      const blocked = (full ? never : 0) + (improvable ? 0 : never) + (done ? 0 : never);
      return { ids, done, score: Math.fround(Math.fround(score / divisor) + blocked) };
    });
    finished = best([...finished, ...closing], width);
    running = next.map(({ ids, score }) => ({ ids, score }));

    improvable = improvable && canImprove(length + 1);
    const open = !(early === true && finished.every(({ done }) => done));
    if (!improvable || !open || candidates.every(({ stops }) => stops)) return undefined;
    return { tokens: next.map(({ token }) => token), parents: next.map(({ parent }) => parent) };
  };

  /** Whether the best running beam could still beat the worst finished one. */
  const canImprove = (length: number): boolean => {
    const reach = (early === "never" && penalty > 0 ? max_length : length) - 1;
    const possible = Math.fround((running[0] as Beam).score / reach ** penalty);
    const worst = Math.min(...finished.map(({ score }) => score));
    return finished.some(({ done }) => possible > (done ? worst : never));
  };

  return {
    width,
    scores: "log probabilities",
    maxLength: max_length,
    advance,
    best: () => {
      const [first] = finished;
      return (first?.done ? first.ids : (running[0] as Beam).ids).slice(1);
    },
  };
}

/** The first `count` by score; equal scores keep their order. */
function best<Item extends { score: number }>(items: readonly Item[], count: number): Item[] {
  return [...items].sort((a, b) => b.score - a.score).slice(0, count);
}
