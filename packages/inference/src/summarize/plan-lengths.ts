import type { GenerationSettings } from "@precis/models";

/** The lengths of one generation as `generate` counts them, start and end tokens included. */
export type Lengths = Pick<GenerationSettings, "max_length" | "min_length">;

export interface LengthPlan {
  /** The maximum number of tokens of the summary itself. */
  maxTokens: number;
  /** The minimum number of tokens of the summary itself. */
  minTokens: number;
  /** The lengths of the generation that writes the summary. */
  final: Lengths;
  /** The lengths of a generation that summarizes one of several parts, of `tokens` tokens. */
  part(tokens: number, parts: number, shrink: number): Lengths;
}

/**
 * Converts the lengths of a request to lengths of each generation.
 *
 * `max_length` counts the start and end tokens, as in `generate`, so that a summary is at most that long by either count.
 * `min_length` counts the tokens of the summary itself. A minimum that comes from the model's defaults is lowered for a
 * smaller `max_length`.
 *
 * @param specialTokens start, begin and end tokens of a generated sequence
 */
export function planLengths(
  request: { maxLength?: number | undefined; minLength?: number | undefined },
  settings: GenerationSettings,
  specialTokens: number,
  maxOutputTokens: number,
): LengthPlan {
  const before = specialTokens - 1;
  const { maxLength, minLength } = request;
  const wantedMin = minLength === undefined ? settings.min_length : minLength + before;
  // A minimum above the model's default maximum raises that, with some room for the sentence to end.
  const wantedMax = maxLength ?? Math.max(settings.max_length, Math.ceil(wantedMin * 1.25) + 1);
  const limit = (length: number) => Math.max(specialTokens + 1, Math.min(length, maxOutputTokens));
  const max = limit(minLength === undefined ? wantedMax : Math.max(wantedMax, wantedMin + 1));
  const maxTokens = maxLength ?? max - specialTokens;
  return {
    maxTokens,
    minTokens: Math.min(minLength ?? settings.min_length, maxTokens),
    final: { max_length: max, min_length: Math.min(wantedMin, max - 1) },
    part: (tokens, parts, shrink) => {
      const usual = Math.max(settings.max_length - specialTokens, Math.floor(maxTokens / parts));
      // At most half of the text it summarizes, so that the rounds end.
      const allowed = Math.max(1, Math.min(usual, Math.floor((tokens / 2) * shrink)));
      const needed = minLength === undefined ? settings.min_length - before : Math.ceil(minLength / parts);
      return { max_length: limit(allowed + specialTokens), min_length: Math.min(needed, allowed) + before };
    },
  };
}
