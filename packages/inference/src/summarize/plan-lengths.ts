import type { GenerationSettings } from "@precis/models";

/** Lengths of one generation as `generate` counts them, start and end tokens included. */
export type Lengths = Pick<GenerationSettings, "max_length" | "min_length">;

export interface LengthPlan {
  /** Most tokens of the summary itself. */
  most: number;
  /** Fewest tokens of the summary itself. */
  least: number;
  /** Lengths of the generation that writes the summary. */
  last: Lengths;
  /** Lengths of a generation that writes one of several parts, from `tokens` tokens of text. */
  part(tokens: number, parts: number, shrink: number): Lengths;
}

/**
 * What a request's lengths mean for each generation.
 *
 * The old service passed `max_length` to `generate`, which counts the start and end tokens too, and so it is here: a
 * summary is at most that long by either count. `min_length` is kept by the tokens of the summary itself. A least length
 * that only comes from the model's defaults gives way to a smaller `max_length`.
 *
 * @param around start, begin and end token: what a generated sequence holds beside the summary
 */
export function planLengths(
  request: { maxLength?: number | undefined; minLength?: number | undefined },
  settings: GenerationSettings,
  around: number,
  maxOutputTokens: number,
): LengthPlan {
  const before = around - 1;
  const { maxLength, minLength } = request;
  const wantedLeast = minLength === undefined ? settings.min_length : minLength + before;
  // A least length above the model's default greatest raises that, with some room for the sentence to end.
  const wantedMost = maxLength ?? Math.max(settings.max_length, Math.ceil(wantedLeast * 1.25) + 1);
  const limit = (length: number) => Math.max(around + 1, Math.min(length, maxOutputTokens));
  const max = limit(minLength === undefined ? wantedMost : Math.max(wantedMost, wantedLeast + 1));
  const most = maxLength ?? max - around;
  return {
    most,
    least: Math.min(minLength ?? settings.min_length, most),
    last: { max_length: max, min_length: Math.min(wantedLeast, max - 1) },
    part: (tokens, parts, shrink) => {
      const usual = Math.max(settings.max_length - around, Math.floor(most / parts));
      // At most half of what it summarizes: that is what makes the rounds come to an end.
      const allowed = Math.max(1, Math.min(usual, Math.floor((tokens / 2) * shrink)));
      const needed = minLength === undefined ? settings.min_length - before : Math.ceil(minLength / parts);
      return { max_length: limit(allowed + around), min_length: Math.min(needed, allowed) + before };
    },
  };
}
