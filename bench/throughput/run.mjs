// `npm run bench:throughput`: summaries per second, latency, memory and CPU time of Precis and of its alternatives, from one
// run. --quick: the bundled set only, without Python. --set brief|mini|real: only these. --json FILE: writes the figures. --svg:
// draws the charts in docs/.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { setupPython } from "../baseline/setup-python.mjs";
import { makeModels } from "../models/make-models.mjs";
import { root } from "../models/paths.mjs";
import { writeBarChart } from "../report/bar-chart.mjs";
import { describeMachine } from "../report/machine.mjs";
import { formatTable, megabytes } from "../report/table.mjs";
import { compareRows } from "./compare-rows.mjs";
import { measureSet } from "./measure-set.mjs";
import { plans } from "./plan.mjs";
import { summarizeRow } from "./summarize-row.mjs";

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "string" },
    svg: { type: "boolean", default: false },
    set: { type: "string", multiple: true },
    model: { type: "string", default: "bart" },
  },
});
const names = flags.quick ? ["quick"] : (flags.set ?? ["mini", "real"]);
const titles = { mini: "bundled set", real: "public shapes, random weights" };

if (!flags.quick) {
  setupPython();
  await makeModels();
}
const figures = { machine: describeMachine(), model: flags.model };
for (const name of names) {
  const plan = plans[name];
  const measured = await measureSet(plan, { model: flags.model, python: !flags.quick });
  const { queueCpuMs: _, ...measuredRows } = measured;
  const rows = Object.fromEntries(Object.entries(measuredRows).map(([key, row]) => [key, summarizeRow(row)]));
  const compared = compareRows(rows, measured);
  print(plan.set, rows, compared);
  figures[plan.set] = { ...compared, rows };
  // The unprefixed keys are those of the bundled set, if it was measured.
  if (plan.set === "mini" || names.length === 1) Object.assign(figures, compared);
  if (flags.svg) await draw(plan.set, rows);
}
if (flags.json !== undefined) await writeFile(flags.json, `${JSON.stringify(figures, null, 2)}\n`);

function print(setName, rows, compared) {
  const header = ["", "summaries/s", "± %", "tokens/s", "p50 ms", "p99 ms", "peak MB", "CPU s each"];
  const cells = Object.values(rows).map((row) => [
    row.name,
    row.perSecond.toFixed(2),
    row.spread.toFixed(1),
    row.tokensPerSecond.toFixed(0),
    row.p50.toFixed(0),
    row.p99.toFixed(0),
    megabytes(row.peak),
    row.cpuPerSummary.toFixed(3),
  ]);
  console.log(`\n${flags.model}, ${titles[setName]} · ${describeMachine()} · medians of ${rows.precis1.repetitions}\n`);
  console.log(formatTable(header, cells));
  console.log();
  for (const [key, value] of Object.entries(compared)) if (value !== undefined) console.log(`${key}  ${value}`);
}

async function draw(setName, rows) {
  const bars = (field, scale) =>
    Object.entries(rows)
      .filter(([key]) => !["waiting", "unbatched"].includes(key))
      .map(([key, row]) => ({ label: row.name, value: row[field] * scale, ours: key.startsWith("precis") }));
  const chart = (title, unit, field, scale = 1) => ({
    title: `${title}, ${flags.model}, ${titles[setName]}`,
    note: describeMachine(),
    unit,
    groups: [
      { name: "greedy", bars: bars(field, scale).filter(({ label }) => !label.includes("beams")) },
      { name: "four beams", bars: bars(field, scale).filter(({ label }) => label.includes("beams")) },
    ],
  });
  const path = (what) => join(root, "docs", `bench-${what}-${flags.model}-${setName}.svg`);
  await writeBarChart(path("throughput"), chart("Summaries per second", "/s", "perSecond"));
  await writeBarChart(path("cpu"), chart("CPU seconds per summary", "s", "cpuPerSummary"));
}
