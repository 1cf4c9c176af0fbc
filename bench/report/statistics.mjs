/** The `share` percentile (0 to 1), by nearest rank. */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))];
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Half of the distance between lowest and highest, in percent of the median. */
export function spreadPercent(values) {
  return ((Math.max(...values) - Math.min(...values)) / 2 / median(values)) * 100;
}
