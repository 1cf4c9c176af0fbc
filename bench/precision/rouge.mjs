const words = (text) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/** ROUGE-L F1 of two texts, 0 to 1: the longest common subsequence of their words, without stemming. */
export function rougeL(written, reference) {
  const [one, other] = [words(written), words(reference)];
  if (one.length === 0 || other.length === 0) return one.length === other.length ? 1 : 0;
  let row = new Array(other.length + 1).fill(0);
  for (const word of one) {
    const next = [0];
    for (const [index, otherWord] of other.entries()) {
      next.push(word === otherWord ? row[index] + 1 : Math.max(row[index + 1], next[index]));
    }
    row = next;
  }
  return (2 * row.at(-1)) / (one.length + other.length);
}
