import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ModelEntry } from "@precis/models";

/** Rows the manifest's peak is for. */
const rows = 32;
/** Most tokens of texts that a model process generates together. */
const textTokens = 8_192;

/**
 * What a batch adds to a peak that was measured with single texts: the caches of 32 summaries as long as the model can
 * write, and of their texts. Within a tenth of what was measured with the bundled models.
 *
 * @param folder with the model's config.json
 */
export async function batchPeak(
  { peak_rss_bytes, max_output_tokens }: Pick<ModelEntry, "peak_rss_bytes" | "max_output_tokens">,
  folder: string,
): Promise<Pick<ModelEntry, "peak_rss_bytes" | "peak_rows" | "single_row_rss_bytes">> {
  const config = JSON.parse(await readFile(join(folder, "config.json"), "utf8")) as Record<string, number | undefined>;
  const layers = config.decoder_layers ?? config.num_decoder_layers ?? config.num_layers ?? 12;
  const width = config.num_heads && config.d_kv ? config.num_heads * config.d_kv : (config.d_model ?? 1_024);
  const bytesPerToken = layers * 2 * width * Float32Array.BYTES_PER_ELEMENT;
  // A step reads one copy of the summaries' caches and writes another.
  const tokens = textTokens + (rows - 1) * max_output_tokens * 2;
  return {
    peak_rss_bytes: peak_rss_bytes + tokens * bytesPerToken,
    peak_rows: rows,
    single_row_rss_bytes: peak_rss_bytes,
  };
}
