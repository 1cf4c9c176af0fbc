import type { ModelEntry } from "./manifest.js";

type Measured = Pick<ModelEntry, "peak_rss_bytes" | "peak_rows" | "single_row_rss_bytes">;

/**
 * Bytes a model process may come to hold, from what the manifest measured.
 *
 * @param rows most rows generated together (`MODEL_CONCURRENCY`)
 */
export function peakRssBytes({ peak_rss_bytes, peak_rows = 32, single_row_rss_bytes }: Measured, rows: number): number {
  if (single_row_rss_bytes === undefined) return peak_rss_bytes;
  const perRow = (peak_rss_bytes - single_row_rss_bytes) / (peak_rows - 1);
  return Math.ceil(single_row_rss_bytes + perRow * (rows - 1));
}
