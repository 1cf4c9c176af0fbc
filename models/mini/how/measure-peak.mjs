// Measures the peak resident memory of each model's process and writes it into the manifest (peak_rss_bytes):
//   npx tsc -b && node models/mini/how/measure-peak.mjs [manifest.json] [rows]
// Loads the model as a worker does, with a worker's settings, keeps every row of a batch filled with chunks as long as
// the context while summaries as long as the model can write are generated, and reads VmHWM. Linux only.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { spawnModelProcess } from "../../../apps/worker/dist/supervisor/spawn-model-process.js";

const path = process.argv[2] ?? fileURLToPath(new URL("../manifest.json", import.meta.url));
const maxRows = Number(process.argv[3] ?? 8);
const article = readFileSync(new URL("../../samples/article.txt", import.meta.url), "utf8");
const manifest = JSON.parse(readFileSync(path, "utf8"));

for (const [model, entry] of Object.entries(manifest.models)) {
  const started = spawnModelProcess(model, {
    settings: { modelSet: path, device: "cpu", threads: 1, maxRows },
    loadTimeoutMs: 300_000,
  });
  await started.ready;
  const peak = () => Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${started.pid}/status`, "utf8"))[1]) * 1024;
  const loaded = peak();
  const texts = Array.from({ length: maxRows }, (_, part) => `Part ${part}. ${article}`.repeat(3));
  const length = entry.max_output_tokens - 8;
  await Promise.all(
    texts.map((text) =>
      started.summarize({
        text,
        maxLength: length,
        minLength: length - 8,
        signal: new AbortController().signal,
        onProgress: () => {},
      }),
    ),
  );
  entry.peak_rss_bytes = Math.ceil(peak() / 1e6) * 1e6;
  console.log(`${model}: loaded ${loaded}, peak ${peak()} bytes with ${maxRows} rows; written ${entry.peak_rss_bytes}`);
  started.end();
  await started.exited;
}
writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
