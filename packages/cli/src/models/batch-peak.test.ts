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
  const batch = 32 * (256 + 2 * 256) * bytesPerToken;

  it("follows BATCH_MEMORY as far as 32 texts of full length need it", async () => {
    expect(await peakFor(1_000_000)).toBe(240_000_000 + 1_000_000);
    expect(await peakFor(batch)).toBe(240_000_000 + batch);
    expect(await peakFor(2 * batch)).toBe(240_000_000 + batch);
  });

  it("goes by what the model can write where that is less than it can read", async () => {
    expect(await peakFor(batch, { max_output_tokens: 128 })).toBe(240_000_000 + (batch * 2) / 3);
  });

  it("leaves the need of a single text as it was", async () => {
    expect(await batchPeak(model, `${mini}${name}`, batch)).toMatchObject({
      peak_rows: 32,
      single_row_rss_bytes: 240_000_000,
    });
  });
});
