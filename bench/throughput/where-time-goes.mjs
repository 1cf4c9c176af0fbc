// `npm run where-time-goes -- [bart|t5]` in bench/: CPU time of the encoder and of the decoder, compared with CTranslate2 int8
// on the same texts, and its share of each of onnxruntime's operators. Bundled weights. --rows N: texts together (8).
// --json FILE: writes the figures.
// Needs `npm run bench:setup`.
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { openNetwork, openTokenizer } from "@precis/inference/network";
import { loadModelSet, resolveModel } from "@precis/models";
import { modelSets } from "../models/paths.mjs";
import { describeMachine } from "../report/machine.mjs";
import { median } from "../report/statistics.mjs";
import { formatTable } from "../report/table.mjs";
import { loadTexts } from "../texts/load-texts.mjs";
import { startCtranslate2Side } from "./ctranslate2-side.mjs";

// The copy that the product runs on, not the one that transformers.js brings.
const { InferenceSession } = createRequire(import.meta.resolve("@precis/inference"))("onnxruntime-node");
const { values: flags, positionals } = parseArgs({
  options: { json: { type: "string" }, rows: { type: "string", default: "8" } },
  allowPositionals: true,
});
const name = positionals[0] ?? "bart";
const rows = Number(flags.rows);
const [repetitions, tokens] = [5, 40];
const threads = availableParallelism();
const model = resolveModel(await loadModelSet(modelSets.mini.manifest), name);
const tokenizer = await openTokenizer(model.folder, model.prefix);
const texts = await loadTexts(32);
const inputs = texts.map((text) => tokenizer.encodeInput(text));

const ours = await measureOurs();
const theirs = await measureTheirs();
const profile = await profileOperators();
const ratio = (one, other) => (one / other).toFixed(2);
console.log(`\n${name}, bundled weights, ${rows} texts together, ${tokens} tokens each · ${describeMachine()}\n`);
console.log(
  formatTable(
    ["CPU ms a text", "Precis", "CTranslate2 int8", "ratio"],
    ["encoder", "decoder"].map((part) => [
      part,
      ours[part].toFixed(1),
      theirs[part].toFixed(1),
      ratio(ours[part], theirs[part]),
    ]),
  ),
);
for (const part of ["encoder", "decoder"]) {
  console.log(`\n${part} operators, % of their time\n`);
  console.log(
    formatTable(
      ["", "%"],
      profile[part].map(([op, share]) => [op, (share * 100).toFixed(1)]),
    ),
  );
}
if (flags.json !== undefined) {
  const figures = { machine: describeMachine(), model: name, rows, tokens, ours, theirs, profile };
  await writeFile(flags.json, `${JSON.stringify(figures, null, 2)}\n`);
}

/** CPU milliseconds per text in the encoder (cross-attention caches included) and in the decoder. */
async function measureOurs() {
  // As in the process of a small model: else V8 collects garbage every few steps.
  setFlagsFromString("--heap-growing-percent=1000");
  const network = await openNetwork(model, { device: "cpu", threads });
  const rounds = { encoder: [], decoder: [] };
  for (let round = 0; round <= repetitions; round += 1) {
    const spent = await runAll(network);
    // The first round warms up.
    if (round > 0) for (const part of ["encoder", "decoder"]) rounds[part].push(spent[part] / inputs.length);
  }
  await network.release();
  return { encoder: median(rounds.encoder), decoder: median(rounds.decoder) };
}

/** CPU milliseconds of all texts, `rows` of them together. */
async function runAll(network) {
  const spent = { encoder: 0, decoder: 0 };
  for (let first = 0; first < inputs.length; first += rows) {
    const batch = network.createBatch(1);
    const part = inputs.slice(first, first + rows);
    spent.encoder += await cpuOf(async () => {
      for (const ids of part) await network.prefill(batch, ids);
    });
    spent.decoder += await cpuOf(async () => {
      for (let step = 0; step < tokens; step += 1)
        await network.decodeStep(batch, new Array(part.length).fill(100 + step), "logits");
    });
    batch.release();
  }
  return spent;
}

/** The same for CTranslate2: a run that writes one token, and the difference to one that writes `tokens` more. */
async function measureTheirs() {
  const cpuFor = async (length) => {
    const lengths = { max_length: length, min_length: length };
    const running = await startCtranslate2Side({ setName: "mini", threads, model: name, rows, beams: 1, lengths });
    try {
      await running.run(texts);
      const found = [];
      for (let round = 0; round < repetitions; round += 1) {
        const before = await running.cpu();
        await running.run(texts);
        found.push((((await running.cpu()) - before) * 1_000) / texts.length);
      }
      return median(found);
    } finally {
      await running.stop();
    }
  };
  const [one, all] = [await cpuFor(3), await cpuFor(3 + tokens)];
  return { encoder: one, decoder: all - one };
}

/** Each operator's share of the run time, from onnxruntime's profiler on the graphs that are run. */
async function profileOperators() {
  const folder = await mkdtemp(join(tmpdir(), "precis-profile-"));
  const { create } = InferenceSession;
  // In the order in which the network opens them.
  const toOpen = ["encoder-cross", "decoder", "encoder"];
  InferenceSession.create = (graph, options) => {
    const profileFilePrefix = join(folder, toOpen.shift());
    return create.call(InferenceSession, graph, { ...options, enableProfiling: true, profileFilePrefix });
  };
  try {
    const network = await openNetwork(model, { device: "cpu", threads });
    await runAll(network);
    await network.release();
    const files = await readdir(folder);
    const sharesOf = async (part) => {
      const spent = new Map();
      for (const file of files.filter((path) => path.startsWith(part))) {
        for (const { cat, dur, name: event, args } of JSON.parse(await readFile(join(folder, file), "utf8"))) {
          if (cat !== "Node" || !event.endsWith("_kernel_time")) continue;
          spent.set(args.op_name, (spent.get(args.op_name) ?? 0) + dur);
        }
      }
      const all = [...spent.values()].reduce((sum, value) => sum + value, 0);
      return [...spent]
        .map(([op, value]) => [op, value / all])
        .sort((a, b) => b[1] - a[1])
        .slice(0, 8);
    };
    return { encoder: await sharesOf("encoder"), decoder: await sharesOf("decoder") };
  } finally {
    InferenceSession.create = create;
    await rm(folder, { recursive: true, force: true });
  }
}

async function cpuOf(work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
