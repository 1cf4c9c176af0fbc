import { percentile } from "../report/statistics.mjs";

/**
 * One row of the table: a side does the same work several times over.
 *
 * @param {object} row
 * @param {string} row.name
 * @param {object} row.side what is measured: `run(texts)`, `cpu()`, `resetPeak()`, `peak()`
 * @param {string[]} row.texts the work of one repetition
 * @param {number} row.repetitions
 */
export async function measureRow({ name, side, texts, repetitions }) {
  // Loads the model and warms the caches.
  await side.run(texts.slice(0, Math.min(texts.length, 8)));
  await side.resetPeak();
  const runs = [];
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    const before = await side.cpu();
    const { seconds, latencies, tokens, summaries } = await side.run(texts);
    const cpu = (await side.cpu()) - before;
    runs.push({
      perSecond: texts.length / seconds,
      tokensPerSecond: tokens / seconds,
      cpuPerSummary: cpu / texts.length,
      p50: percentile(latencies, 0.5),
      p99: percentile(latencies, 0.99),
      summaries,
    });
    console.error(`  ${name}: ${runs.at(-1).perSecond.toFixed(2)}/s, ${runs.at(-1).cpuPerSummary.toFixed(2)} CPU s`);
  }
  return { name, runs, peak: await side.peak() };
}
