/** Unit roundoff of float32. */
const unitRoundoff = 2 ** -24;

/**
 * The maximum difference of two float32 evaluations of the same sum of `terms` products, relative to the sum of the products'
 * magnitudes: 2·γ(n) with γ(n) = n·u / (1 − n·u). It holds for every order of summation, with and without fused
 * multiply-add, so for every CPU and every number of rows.
 *
 * @see N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd edition, section 3.1
 */
export function roundingBound(terms: number): number {
  const error = terms * unitRoundoff;
  return (2 * error) / (1 - error);
}

/** The sizes of an encoder–decoder network that determine its longest chain of sums. */
export interface NetworkShape {
  width: number;
  feedForward: number;
  headSize: number;
  encoderLayers: number;
  decoderLayers: number;
  /** The number of tokens of the longest text or summary. */
  tokens: number;
}

/** The bundled models, and the deeper one where they differ. */
export const bundledShape: NetworkShape = {
  ...{ width: 384, feedForward: 1_536, headSize: 48, encoderLayers: 6, decoderLayers: 4, tokens: 256 },
};

/**
 * The same for the scores of a whole network, relative to the highest score. Every layer normalizes its input, so relative
 * errors add up along the longest chain of sums from token to score.
 */
export function networkRoundingBound(shape: NetworkShape): number {
  const { width, feedForward, headSize, encoderLayers, decoderLayers, tokens } = shape;
  const attention = width + headSize + tokens + width;
  const encoderLayer = attention + width + feedForward;
  const decoderLayer = encoderLayer + attention;
  return roundingBound(encoderLayers * encoderLayer + decoderLayers * decoderLayer + width);
}
