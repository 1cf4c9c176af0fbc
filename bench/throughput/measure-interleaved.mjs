import { percentile } from "../report/statistics.mjs";

/**
 * Measures rows in turn, repetition by repetition, so that a machine that becomes busier affects all of them.
 *
 * @param {{name: string, side: {run(texts: string[]): Promise<object>, cpu(): Promise<number>, resetPeak(): Promise<void>,
 * peak(): Promise<number>}, texts: string[]}[]} rows what each repeats
 * @param {number} repetitions
 */
export async function measureInterleaved(rows, repetitions) {
  const measured = rows.map(({ name }) => ({ name, runs: [], peak: 0 }));
  for (const { side, texts } of rows) {
    // One text first: when several requests load a model at once, the old service answers 500.
    await side.run(texts.slice(0, 1));
    await side.run(texts.slice(0, 8));
  }
  for (let repetition = 1; repetition <= repetitions; repetition += 1) {
    for (const [index, { name, side, texts }] of rows.entries()) {
      const run = await measureRun(side, texts);
      measured[index].runs.push(run);
      measured[index].peak = Math.max(measured[index].peak, await side.peak());
      const figures = `${run.perSecond.toFixed(2)}/s, ${run.cpuPerSummary.toFixed(3)} CPU s each`;
      console.error(`  ${repetition}/${repetitions} ${name}: ${figures}`);
    }
  }
  return measured;
}

async function measureRun(side, texts) {
  await side.resetPeak();
  const before = await side.cpu();
  const { seconds, latencies, tokens, summaries } = await side.run(texts);
  const cpu = (await side.cpu()) - before;
  return {
    perSecond: texts.length / seconds,
    tokensPerSecond: tokens / seconds,
    cpuPerSummary: cpu / texts.length,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    summaries,
  };
}
