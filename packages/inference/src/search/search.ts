/** The next step of a search: sequence i continues with `tokens[i]` from the cache of sequence `parents[i]`. */
export interface NextTokens {
  tokens: readonly number[];
  parents: readonly number[];
}

/** The scores of a decoder, or the logarithm of their softmax. */
export type ScoreKind = "logits" | "log probabilities";

/** The generation of one text: takes scores and chooses the next tokens. */
export interface Search {
  /** The number of sequences: its beams. */
  readonly width: number;
  /** The kind of scores it takes. */
  readonly scores: ScoreKind;
  /** The maximum length of a sequence, start token included. */
  readonly maxLength: number;
  /**
   * @param scores one array per sequence, which may be changed in place
   * @returns undefined when the search is finished
   */
  advance(scores: readonly Float32Array[]): NextTokens | undefined;
  /** The best sequence so far, without the start token; the result when the search is finished. */
  best(): readonly number[];
}
