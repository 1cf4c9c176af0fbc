export interface Candidate {
  row: number;
  token: number;
  score: number;
}

/** The `count` greatest of `scores + offset` over all rows, in falling order; of equals the first. */
export function takeTop(count: number, rows: readonly { scores: Float32Array; offset: number }[]): Candidate[] {
  const top: Candidate[] = [];
  let least = Number.NEGATIVE_INFINITY;
  rows.forEach(({ scores, offset }, row) => {
    for (let token = 0; token < scores.length; token += 1) {
      const full = top.length === count;
      const sum = (scores[token] as number) + offset;
      // Nearly all end here: what is not greater is not greater when it is rounded either.
      if (full && sum <= least) continue;
      const score = Math.fround(sum);
      if (full && !(score > least)) continue;
      let place = top.length;
      while (place > 0 && (top[place - 1] as Candidate).score < score) place -= 1;
      top.splice(place, 0, { row, token, score });
      if (top.length > count) top.pop();
      least = (top.at(-1) as Candidate).score;
    }
  });
  return top;
}
