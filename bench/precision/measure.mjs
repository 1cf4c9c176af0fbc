// Measures one model in one precision and sends summaries, CPU seconds and resident memory to its parent.
import { loadModel } from "@precis/inference";
import { median } from "../report/statistics.mjs";

const { model, texts, timed, repetitions, rows } = JSON.parse(process.argv[2]);
const loaded = await loadModel(model, { device: "cpu", threads: 1, maxSequences: rows, batchBytes: 1e8 });
const summarize = async (text) => (await loaded.summarize({ text })).summary;

async function alone(some) {
  const summaries = [];
  for (const text of some) summaries.push(await summarize(text));
  return summaries;
}

async function inBatches(some) {
  const summaries = [];
  for (let first = 0; first < some.length; first += rows) {
    summaries.push(...(await Promise.all(some.slice(first, first + rows).map(summarize))));
  }
  return summaries;
}

async function cpuPerText(how) {
  const before = process.cpuUsage();
  await how(texts.slice(0, timed));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6 / timed;
}

const first = await alone(texts);
const resident = process.memoryUsage.rss();
const together = await inBatches(texts);
const cpuAlone = [];
const cpuBatched = [];
for (let repetition = 0; repetition < repetitions; repetition += 1) {
  cpuAlone.push(await cpuPerText(alone));
  cpuBatched.push(await cpuPerText(inBatches));
}
process.send({
  alone: first,
  together,
  resident,
  cpuAlone: median(cpuAlone),
  cpuBatched: median(cpuBatched),
});
await loaded.dispose();
process.disconnect();
