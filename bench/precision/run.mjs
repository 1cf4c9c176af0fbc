// `npm run bench:precision`: the bundled models in fp32, weight-only 8-bit (as shipped), dynamic q8 (as hubs have it) and
// weight-only 4-bit: size, memory, CPU seconds, and how far summaries agree with fp32 and with those of batches.
// --texts N: how many of the evaluation set (default 94, all). --model bart|t5: only this one. --json FILE: writes the figures.
// Needs the Python environment, which the first run makes.
import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { setupPython } from "../baseline/setup-python.mjs";
import { makeModels } from "../models/make-models.mjs";
import { modelSets, root } from "../models/paths.mjs";
import { describeMachine } from "../report/machine.mjs";
import { formatTable, megabytes } from "../report/table.mjs";
import { loadTexts } from "../texts/load-texts.mjs";
import { rougeL } from "./rouge.mjs";
import { fileBytes, makeVariants, variants } from "./variants.mjs";

const { values: flags } = parseArgs({
  options: {
    texts: { type: "string", default: "94" },
    model: { type: "string", multiple: true, default: ["bart", "t5"] },
    json: { type: "string" },
  },
});
const plan = { timed: 16, repetitions: 3, rows: 8 };
const texts = await loadTexts(Number(flags.texts));
const lines = (await readFile(join(root, "models", "mini", "eval", "eval.jsonl"), "utf8")).trim().split("\n");
const references = texts.map((_, index) => JSON.parse(lines[index % lines.length]).summary);
const entries = JSON.parse(await readFile(modelSets.mini.manifest, "utf8")).models;
const measurer = fileURLToPath(new URL("measure.mjs", import.meta.url));

async function measure(name, { dtype, folder }) {
  // Batched in every precision, to see whether that changes a text. The files were just made, so none is verified.
  const model = { ...entries[name], name, dtype, folder: folder(name), batching: true, files: [] };
  const argument = JSON.stringify({ model, texts, ...plan });
  const child = fork(measurer, [argument], { env: { ...process.env, ORT_DISABLE_TELEMETRY: "1" } });
  const ended = once(child, "exit");
  const [answer] = await Promise.race([
    once(child, "message"),
    ended.then(([code]) => Promise.reject(new Error(`${name} in ${dtype} ended with code ${code}`))),
  ]);
  await ended;
  return answer;
}

const mean = (values) => values.reduce((total, value) => total + value, 0) / values.length;
const countSame = (some, others) => some.filter((text, index) => text === others[index]).length;

if (flags.model.some((model) => Object.values(variants).some(({ folder }) => !existsSync(folder(model))))) {
  setupPython();
  await makeModels();
}
const figures = { machine: describeMachine(), texts: texts.length, ...plan };
for (const name of flags.model) {
  makeVariants(name);
  const rows = {};
  let full;
  for (const [key, variant] of Object.entries(variants)) {
    const { alone, together, ...measured } = await measure(name, variant);
    full ??= alone;
    rows[key] = {
      fileBytes: fileBytes(variant, name),
      ...measured,
      sameAsFp32: countSame(alone, full),
      rougeLWithFp32: mean(alone.map((text, index) => rougeL(text, full[index]))),
      rougeLWithReferences: mean(alone.map((text, index) => rougeL(text, references[index]))),
      sameInBatches: countSame(together, alone),
    };
  }
  figures[name] = rows;
  print(name, rows);
}
if (flags.json !== undefined) await writeFile(flags.json, `${JSON.stringify(figures, null, 2)}\n`);

function print(name, rows) {
  const header = [
    "",
    "files MB",
    "resident MB",
    "CPU s alone",
    `CPU s in ${plan.rows}s`,
    "same as fp32",
    "ROUGE-L with fp32",
    "with references",
    "same in batches",
  ];
  const cells = Object.entries(rows).map(([key, row]) => [
    variants[key].title,
    megabytes(row.fileBytes),
    megabytes(row.resident),
    row.cpuAlone.toFixed(3),
    row.cpuBatched.toFixed(3),
    `${row.sameAsFp32} of ${texts.length}`,
    row.rougeLWithFp32.toFixed(3),
    row.rougeLWithReferences.toFixed(3),
    `${row.sameInBatches} of ${texts.length}`,
  ]);
  console.log(`\n${name} · ${describeMachine()} · one thread, CPU seconds: medians of ${plan.repetitions}\n`);
  console.log(formatTable(header, cells));
}
