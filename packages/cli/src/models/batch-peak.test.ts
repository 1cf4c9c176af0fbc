import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { batchPeak } from "./batch-peak.js";

const mini = fileURLToPath(new URL("../../../../models/mini/", import.meta.url));

describe.each([
  { name: "bart", bytesPerToken: 12_288 },
  { name: "t5", bytesPerToken: 16_384 },
] as const)("the estimate for a batch of $name", ({ name, bytesPerToken }) => {
  const model = { peak_rss_bytes: 240_000_000, context_length: 256, max_output_tokens: 512 };
  const peakFor = async (batchBytes: number, changes: Partial<typeof model> = {}) =>
    (await batchPeak({ ...model, ...changes }, `${mini}${name}`, batchBytes)).peak_rss_bytes;
  const texts = 32 * 256 * bytesPerToken;
  const summaries = 31 * 256 * 2 * bytesPerToken;

  it("follows BATCH_MEMORY as far as 32 texts of full length need it", async () => {
    expect(await peakFor(1_000_000)).toBe(240_000_000 + summaries + 1_000_000);
    expect(await peakFor(texts)).toBe(240_000_000 + summaries + texts);
    expect(await peakFor(256_000_000)).toBe(240_000_000 + summaries + texts);
  });

  it("goes by what the model can write where that is less than it can read", async () => {
    expect(await peakFor(texts, { max_output_tokens: 128 })).toBe(240_000_000 + summaries / 2 + texts);
  });

  it("leaves the need of a single text as it was", async () => {
    expect(await batchPeak(model, `${mini}${name}`, texts)).toMatchObject({
      peak_rows: 32,
      single_row_rss_bytes: 240_000_000,
    });
  });
});
