import type { GenerationSettings } from "@precis/models";
import type { ControlTokens } from "./settings.js";

/**
 * Changes the scores of the next token in place, like transformers' logits processors and in their order: repetition
 * penalty, repeated n-grams, minimum length, forced first and last token.
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
  // The token after each earlier occurrence of the last size - 1 tokens must not follow again.
  for (let start = 0; start < tail; start += 1) {
    let isRepeated = true;
    for (let offset = 0; isRepeated && offset < size - 1; offset += 1)
      isRepeated = ids[start + offset] === ids[tail + offset];
    if (isRepeated) scores[ids[start + size - 1] as number] = Number.NEGATIVE_INFINITY;
  }
}

function force(scores: Float32Array, id: number): void {
  scores.fill(Number.NEGATIVE_INFINITY);
  scores[id] = 0;
}
