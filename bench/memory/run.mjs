// `npm run bench:memory`: memory of Precis and of the old service, step by step, from one run. --quick: without Python, and
// only the bundled set unless --set is given. --json FILE: writes the figures. --svg: draws the charts in docs/.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { setupPython } from "../baseline/setup-python.mjs";
import { makeModels } from "../models/make-models.mjs";
import { root } from "../models/paths.mjs";
import { writeBarChart } from "../report/bar-chart.mjs";
import { describeMachine } from "../report/machine.mjs";
import { median } from "../report/statistics.mjs";
import { formatTable, megabytes } from "../report/table.mjs";
import { loadTexts } from "../texts/load-texts.mjs";
import { measureColdLoad } from "./measure-cold-load.mjs";
import { measurePrecis } from "./measure-precis.mjs";
import { measurePython } from "./measure-python.mjs";
import { measureWarmOverhead } from "./measure-warm-overhead.mjs";

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "string" },
    svg: { type: "boolean", default: false },
    set: { type: "string", multiple: true },
    cycles: { type: "string", default: "50" },
  },
});
const cycles = Number(flags.cycles);
const sets = flags.set ?? (flags.quick ? ["mini"] : ["mini", "real"]);
const titles = { mini: "bundled set", real: "bart-large-cnn and t5-small shapes" };
const stepTitles = {
  idle: "idle",
  first_bart: "after the first BART job",
  both_loaded: "both loaded",
  peak: "peak under load",
  after_unload: "after unload",
  after_cycles: `after ${cycles} load/unload cycles`,
};

if (!flags.quick) {
  setupPython();
  await makeModels();
}
const figures = { machine: describeMachine(), unit: "1 MB = 1,000,000 bytes of resident memory of the process tree" };
const results = {};
for (const setName of sets) {
  results[setName] = await measureSet(setName);
  printSet(setName, results[setName]);
}
// The unprefixed keys are those of the public shapes, if they were measured.
Object.assign(figures, keysOf(results.real ?? results.mini));
for (const setName of sets) figures[setName] = keysOf(results[setName]);
if (flags.json !== undefined) await writeFile(flags.json, `${JSON.stringify(figures, null, 2)}\n`);
if (flags.svg) await drawCharts();

async function measureSet(setName) {
  const options = (side, cycleCount) => ({
    cycles: cycleCount,
    lengths: setName === "real" ? { max_length: 66 } : {},
    onStep: (name, bytes) => console.error(`  ${setName} ${side}: ${name} ${megabytes(bytes)} MB`),
  });
  const texts = await loadTexts(setName === "real" ? 4 : 8);
  const result = { precis: await measurePrecis(setName, { texts, ...options("Precis", cycles) }) };
  result.load = await measureColdLoad(setName, flags.quick ? 5 : 7);
  result.warm = await measureWarmOverhead(setName, { texts });
  if (flags.quick) return result;
  result.lazy = await measurePython("lazy", setName, { texts, ...options("lazy", setName === "real" ? 3 : 10) });
  result.eager = await measurePython("eager", setName, { texts: texts.slice(0, 2), ...options("eager", 0) });
  return result;
}

function printSet(setName, { precis, lazy, eager, load, warm }) {
  const header = ["RSS in MB", "Precis (API + worker)", ...(lazy ? ["Python, lazy", "Python, eager × 3"] : [])];
  const rows = Object.entries(stepTitles).map(([step, title]) => [
    title,
    megabytes(precis.steps[step]),
    ...(lazy ? [megabytes(lazy.steps[step]), megabytes(eager.steps[step])] : []),
  ]);
  const keys = keysOf({ precis, lazy, eager, load, warm });
  console.log(`\n${titles[setName]} · ${describeMachine()}\n`);
  console.log(formatTable(header, rows));
  if (lazy) console.log("(the lazy service ran fewer cycles: 10 for the bundled set, 3 for the large shapes)");
  console.log(`
worker after unload / before the first load   ${keys.after_unload_ratio}
worker after ${cycles} cycles / after the first        ${keys.after_50_cycles_ratio}
cold load of BART                             ${keys.cold_load_ms} ms; bare pipeline() ${keys.bare_cold_load_ms} ms; ratio ${keys.cold_load_ratio}
warm job over the model process's own time    ${keys.warm_job_overhead_ms} ms from the claim; ${keys.warm_job_round_trip_ms} ms from the submission`);
}

function keysOf({ precis, lazy, eager, load, warm }) {
  const ratio = (a, b) => Number((a / b).toFixed(3));
  const named = (prefix, side) =>
    side === undefined
      ? {}
      : Object.fromEntries(
          Object.entries(side.steps).map(([step, bytes]) => [`${prefix}${step}_mb`, megabytes(bytes)]),
        );
  return {
    ...named("", precis),
    after_unload_ratio: ratio(precis.worker.after_unload, precis.worker.idle),
    after_50_cycles_ratio: ratio(precis.worker.after_cycles, precis.worker.after_first_cycle),
    cold_load_ms: Math.round(median(load.ours)),
    bare_cold_load_ms: Math.round(median(load.theirs)),
    cold_load_ratio: ratio(median(load.ours), median(load.theirs)),
    warm_job_overhead_ms: Number(median(warm.claimed).toFixed(2)),
    warm_job_round_trip_ms: Number(median(warm.submitted).toFixed(2)),
    ...named("lazy_", lazy),
    ...named("eager_", eager),
  };
}

async function drawCharts() {
  for (const setName of sets) {
    const { precis, lazy, eager } = results[setName];
    const bars = (step) =>
      [
        { label: "Precis", side: precis, ours: true },
        { label: "Python, lazy", side: lazy },
        { label: "Python, eager × 3", side: eager },
      ].flatMap(({ label, side, ours }) =>
        side?.steps[step] === undefined ? [] : [{ label, value: side.steps[step] / 1e6, ours }],
      );
    await writeBarChart(join(root, "docs", `bench-memory-${setName}.svg`), {
      title: `Resident memory, ${titles[setName]}`,
      note: describeMachine(),
      unit: "MB",
      groups: ["idle", "both_loaded", "peak", "after_unload"].map((step) => ({
        name: stepTitles[step],
        bars: bars(step),
      })),
    });
  }
}
