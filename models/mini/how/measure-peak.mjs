// Measures the peak resident memory of each model's process and writes it into the manifest, with 32 rows
// (peak_rss_bytes) and with a single one (single_row_rss_bytes):
//   npx tsc -b && node models/mini/how/measure-peak.mjs [manifest.json]
// BATCH_MEMORY counts as it does for a worker: a peak is true for the setting it was measured with, and for lower ones.
// Loads the model as a worker does, keeps every row of a batch filled with chunks as long as the context while summaries
// as long as the model can write are generated, and reads VmHWM. Linux only.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { spawnModelProcess } from "../../../apps/worker/dist/supervisor/spawn-model-process.js";
import { loadConfig } from "../../../packages/config/dist/index.js";

const path = process.argv[2] ?? fileURLToPath(new URL("../manifest.json", import.meta.url));
const article = readFileSync(new URL("../../samples/article.txt", import.meta.url), "utf8");
const manifest = JSON.parse(readFileSync(path, "utf8"));
const { batchBytes, modelCache } = loadConfig({ ...process.env, MODEL_SET: path });
const peakRows = 32;

async function measure(model, entry, rows) {
  const started = spawnModelProcess(model, {
    settings: { modelSet: path, modelCache, device: "cpu", threads: 1, maxRows: rows, batchBytes },
    weightBytes: entry.files.reduce((sum, { size = 0 }) => sum + size, 0),
    loadTimeoutMs: 300_000,
    verify: async () => {},
  });
  await started.ready;
  const texts = Array.from({ length: rows }, (_, part) => `Part ${part}. ${article}`.repeat(3));
  const length = entry.max_output_tokens - 8;
  const task = () => ({ signal: new AbortController().signal, maxLength: length, minLength: length - 8, onProgress() {} });
  await Promise.all(texts.map((text) => started.summarize({ ...task(), text })));
  const status = readFileSync(`/proc/${started.pid}/status`, "utf8");
  started.end();
  await started.exited;
  return Math.ceil((Number(/^VmHWM:\s+(\d+) kB/m.exec(status)[1]) * 1024) / 1e6) * 1e6;
}

for (const [model, entry] of Object.entries(manifest.models)) {
  entry.peak_rss_bytes = await measure(model, entry, peakRows);
  entry.peak_rows = peakRows;
  entry.single_row_rss_bytes = await measure(model, entry, 1);
  const { files, ...rest } = entry;
  manifest.models[model] = { ...rest, files };
  console.log(`${model}: ${entry.single_row_rss_bytes} bytes with one row, ${entry.peak_rss_bytes} with ${peakRows}`);
}
writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
