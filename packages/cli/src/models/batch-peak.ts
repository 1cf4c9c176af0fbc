import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ModelEntry } from "@precis/models";

/** Rows the manifest's peak is for. */
const rows = 32;

type Measured = Pick<ModelEntry, "peak_rss_bytes" | "context_length" | "max_output_tokens">;

/**
 * What a batch adds to a peak that was measured with single texts: the caches of 32 texts of full length and of summaries
 * as long as they can become, `batchBytes` at most.
 *
 * @param folder with the model's config.json
 * @param batchBytes BATCH_MEMORY of the workers that are to run the model
 */
export async function batchPeak(
  { peak_rss_bytes, context_length, max_output_tokens }: Measured,
  folder: string,
  batchBytes: number,
): Promise<Pick<ModelEntry, "peak_rss_bytes" | "peak_rows" | "single_row_rss_bytes">> {
  const config = JSON.parse(await readFile(join(folder, "config.json"), "utf8")) as Record<string, number | undefined>;
  const layers = config.decoder_layers ?? config.num_decoder_layers ?? config.num_layers ?? 12;
  const width = config.num_heads && config.d_kv ? config.num_heads * config.d_kv : (config.d_model ?? 1_024);
  const bytesPerToken = layers * 2 * width * Float32Array.BYTES_PER_ELEMENT;
  // No generation writes more than it reads. A step reads one copy of the summaries' caches and writes another.
  const summary = 2 * Math.min(max_output_tokens, context_length);
  const batch = Math.min(batchBytes, rows * (context_length + summary) * bytesPerToken);
  return {
    peak_rss_bytes: peak_rss_bytes + batch,
    peak_rows: rows,
    single_row_rss_bytes: peak_rss_bytes,
  };
}
