import type { GenerationSettings } from "@precis/models";
import { processScores } from "./process-scores.js";
import type { Search } from "./search.js";
import type { ControlTokens } from "./settings.js";
import { takeTop } from "./take-top.js";

/** transformers uses this value in place of minus infinity. Using it too makes ties equal. */
const lowest = -1e9;

interface Beam {
  ids: readonly number[];
  score: number;
}

/**
 * Beam search for one text that follows transformers' `_beam_search` (4.50 to 5.x) step for step, float32 rounding
 * included: `2 × beams` candidates per step, running and finished beams in separate lists, finished beams ranked by
 * score over `length ** length_penalty`.
 */
export function createBeamSearch(settings: GenerationSettings, tokens: ControlTokens): Search {
  const width = settings.num_beams;
  const { length_penalty: penalty, early_stopping: early, max_length } = settings;
  const keep = Math.max(2, 1 + tokens.end.length) * width;
  let running: Beam[] = Array.from({ length: width }, (_, i) => ({ ids: [tokens.start], score: i === 0 ? 0 : lowest }));
  let finished: (Beam & { done: boolean })[] = running.map(({ ids }) => ({ ids, score: lowest, done: false }));
  let isImprovable = true;

  const advance: Search["advance"] = (scoresByBeam) => {
    const length = (running[0] as Beam).ids.length;
    const candidates = takeTop(
      keep,
      running.map(({ ids, score }, beam) => {
        const scores = scoresByBeam[beam] as Float32Array;
        processScores(scores, ids, settings, tokens);
        return { scores, offset: score };
      }),
    ).map(({ beam, token, score }) => ({
      parent: beam,
      token,
      score,
      ids: [...(running[beam] as Beam).ids, token],
      stops: tokens.end.includes(token) || length + 1 >= max_length,
    }));

    const next = best(
      candidates.map((candidate) => ({ ...candidate, score: candidate.score + (candidate.stops ? lowest : 0) })),
      width,
    );

    const isFull = finished.every(({ done }) => done) && early === true;
    const divisor = length ** penalty;
    const finishing = candidates.map(({ ids, score, stops }, rank) => {
      // Only the first `width` candidates may finish; the others ensure that enough remain to continue.
      const done = stops && rank < width;
      const blocked = (isFull ? lowest : 0) + (isImprovable ? 0 : lowest) + (done ? 0 : lowest);
      return { ids, done, score: Math.fround(Math.fround(score / divisor) + blocked) };
    });
    finished = best([...finished, ...finishing], width);
    running = next.map(({ ids, score }) => ({ ids, score }));

    isImprovable = isImprovable && canImprove(length + 1);
    const isOpen = !(early === true && finished.every(({ done }) => done));
    if (!isImprovable || !isOpen || candidates.every(({ stops }) => stops)) return undefined;
    return { tokens: next.map(({ token }) => token), parents: next.map(({ parent }) => parent) };
  };

  /** Whether the best running beam can still exceed the worst finished one. */
  const canImprove = (length: number): boolean => {
    const finalLength = (early === "never" && penalty > 0 ? max_length : length) - 1;
    const possible = Math.fround((running[0] as Beam).score / finalLength ** penalty);
    const worst = Math.min(...finished.map(({ score }) => score));
    return finished.some(({ done }) => possible > (done ? worst : lowest));
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

/** The `count` items with the highest score; equal scores keep their order. */
function best<Item extends { score: number }>(items: readonly Item[], count: number): Item[] {
  return [...items].sort((a, b) => b.score - a.score).slice(0, count);
}
