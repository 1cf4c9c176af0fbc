export interface Candidate {
  beam: number;
  token: number;
  score: number;
}

/** The `count` highest of `scores + offset` over all beams, in descending order; equal scores keep their order. */
export function takeTop(count: number, beams: readonly { scores: Float32Array; offset: number }[]): Candidate[] {
  const top: Candidate[] = [];
  let min = Number.NEGATIVE_INFINITY;
  beams.forEach(({ scores, offset }, beam) => {
    for (let token = 0; token < scores.length; token += 1) {
      const full = top.length === count;
      const sum = (scores[token] as number) + offset;
      // Nearly all scores end here: rounding keeps their order.
      if (full && sum <= min) continue;
      const score = Math.fround(sum);
      if (full && !(score > min)) continue;
      let rank = top.length;
      while (rank > 0 && (top[rank - 1] as Candidate).score < score) rank -= 1;
      top.splice(rank, 0, { beam, token, score });
      if (top.length > count) top.pop();
      min = (top.at(-1) as Candidate).score;
    }
  });
  return top;
}
