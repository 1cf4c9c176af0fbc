import { median, spreadPercent } from "../report/statistics.mjs";

/** A row's runs as medians, with the spread of its rate. */
export function summarizeRow({ name, runs, peak }) {
  const middle = (field) => median(runs.map((run) => run[field]));
  return {
    name,
    perSecond: middle("perSecond"),
    spread: spreadPercent(runs.map(({ perSecond }) => perSecond)),
    tokensPerSecond: middle("tokensPerSecond"),
    p50: middle("p50"),
    p99: middle("p99"),
    cpuPerSummary: middle("cpuPerSummary"),
    peak,
    repetitions: runs.length,
  };
}

/** How many of the texts that both rows summarized have the same summary, letter for letter. Undefined without a row. */
export function agreement(one, other) {
  if (one === undefined || other === undefined) return undefined;
  const [ours, theirs] = [one.runs[0].summaries, other.runs[0].summaries];
  const count = Math.min(ours.length, theirs.length);
  const same = ours.slice(0, count).filter((summary, index) => summary === theirs[index]).length;
  return `${same} of ${count}`;
}
