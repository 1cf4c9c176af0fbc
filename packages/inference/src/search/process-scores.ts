import type { GenerationSettings } from "@precis/models";
import type { ControlTokens } from "./settings.js";

/**
 * Changes the scores of the next token in place, with transformers' logits processors in their order: repetition
 * penalty, repeated n-grams, least length, forced first and last token.
 *
 * @param ids the sequence so far, start token included
 */
export function processScores(
  scores: Float32Array,
  ids: readonly number[],
  settings: GenerationSettings,
  tokens: ControlTokens,
): void {
  if (settings.repetition_penalty !== 1) penalizeRepetition(scores, ids, settings.repetition_penalty);
  if (settings.no_repeat_ngram_size > 0) banRepeatedNgrams(scores, ids, settings.no_repeat_ngram_size);
  if (ids.length < settings.min_length) for (const id of tokens.end) scores[id] = Number.NEGATIVE_INFINITY;
  if (settings.forced_bos_token_id !== null && ids.length === 1) force(scores, settings.forced_bos_token_id);
  if (settings.forced_eos_token_id !== null && ids.length === settings.max_length - 1) {
    force(scores, settings.forced_eos_token_id);
  }
}

function penalizeRepetition(scores: Float32Array, ids: readonly number[], penalty: number): void {
  for (const id of new Set(ids)) {
    const score = scores[id] as number;
    scores[id] = score < 0 ? score * penalty : score / penalty;
  }
}

function banRepeatedNgrams(scores: Float32Array, ids: readonly number[], size: number): void {
  const tail = ids.length - size + 1;
  // Each earlier place where the last size - 1 tokens stand already: what followed there must not follow here.
  for (let place = 0; place < tail; place += 1) {
    let same = true;
    for (let offset = 0; same && offset < size - 1; offset += 1) same = ids[place + offset] === ids[tail + offset];
    if (same) scores[ids[place + size - 1] as number] = Number.NEGATIVE_INFINITY;
  }
}

function force(scores: Float32Array, id: number): void {
  scores.fill(Number.NEGATIVE_INFINITY);
  scores[id] = 0;
}
