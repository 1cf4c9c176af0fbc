// `node bench/throughput/where-time-goes.mjs [bart|t5]`: CPU time of the encoder and of the decoder beside CTranslate2 int8, on
// the same texts, and which of onnxruntime's operators it goes to. Bundled weights. --json FILE: the figures.
// Needs `npm run bench:setup`.
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { openNetwork } from "../../packages/inference/dist/runtime/open-network.js";
import { openTokenizer } from "../../packages/inference/dist/tokenizer/open-tokenizer.js";
import { loadModelSet, resolveModel } from "../../packages/models/dist/index.js";
import { modelSets } from "../models/paths.mjs";
import { describeMachine } from "../report/machine.mjs";
import { median } from "../report/statistics.mjs";
import { formatTable } from "../report/table.mjs";
import { loadTexts } from "../texts/load-texts.mjs";
import { startCtranslate2Side } from "./ctranslate2-side.mjs";

const { values: flags, positionals } = parseArgs({ options: { json: { type: "string" } }, allowPositionals: true });
const name = positionals[0] ?? "bart";
const [rows, repetitions, tokens] = [8, 5, 40];
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

/** CPU milliseconds a text in the encoder (cross-attention caches included) and in the decoder. */
async function measureOurs() {
  const network = await openNetwork(model, { device: "cpu", threads });
  const rounds = { encoder: [], decoder: [] };
  for (let round = 0; round <= repetitions; round += 1) {
    const spent = { encoder: 0, decoder: 0 };
    for (let first = 0; first < inputs.length; first += rows) {
      const batch = network.batch(1);
      const part = inputs.slice(first, first + rows);
      spent.encoder += await cpuOf(async () => {
        for (const ids of part) await network.encode(batch, ids);
      });
      spent.decoder += await cpuOf(async () => {
        for (let step = 0; step < tokens; step += 1)
          await network.step(batch, new Array(part.length).fill(100 + step), "logits");
      });
      batch.release();
    }
    // The first is for warming up.
    if (round > 0) for (const part of ["encoder", "decoder"]) rounds[part].push(spent[part] / inputs.length);
  }
  await network.release();
  return { encoder: median(rounds.encoder), decoder: median(rounds.decoder) };
}

/** The same of CTranslate2: a run that writes one token, and what `tokens` more cost. */
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

/** Shares of operators in the time of all, by onnxruntime's own profiler. */
async function profileOperators() {
  const folder = await mkdtemp(join(tmpdir(), "precis-profile-"));
  try {
    const open = (file) =>
      InferenceSession.create(join(model.folder, "onnx", `${file}_quantized.onnx`), {
        intraOpNumThreads: threads,
        enableProfiling: true,
        profileFilePrefix: join(folder, file),
      });
    const length = Math.round(median(inputs.map((ids) => ids.length)));
    const encoder = await open("encoder_model");
    const mask = (count) => new Tensor("int64", new BigInt64Array(count * length).fill(1n), [count, length]);
    const ids = new Tensor("int64", new BigInt64Array(length).fill(50n), [1, length]);
    for (let run = 0; run < 10; run += 1) await encoder.run({ input_ids: ids, attention_mask: mask(1) });
    await encoder.endProfiling();
    const decoder = await open("decoder_model_merged");
    const zeros = (shape) => new Tensor("float32", new Float32Array(shape.reduce((all, size) => all * size, 1)), shape);
    const feeds = Object.fromEntries(
      decoder.inputMetadata.map(({ name: input, shape }) => {
        if (input === "use_cache_branch") return [input, new Tensor("bool", [true], [1])];
        if (input === "encoder_attention_mask") return [input, mask(rows)];
        if (input === "input_ids") return [input, new Tensor("int64", new BigInt64Array(rows).fill(50n), [rows, 1])];
        if (input === "encoder_hidden_states") return [input, zeros([rows, length, shape[2]])];
        return [input, zeros([rows, shape[1], input.includes("encoder") ? length : tokens / 2, shape[3]])];
      }),
    );
    for (let run = 0; run < 40; run += 1) await decoder.run(feeds, ["logits"]);
    await decoder.endProfiling();
    const files = await readdir(folder);
    const sharesOf = async (prefix) => {
      const events = JSON.parse(
        await readFile(join(folder, files.find((file) => file.startsWith(prefix)) ?? ""), "utf8"),
      );
      const spent = new Map();
      for (const { cat, dur, args } of events) {
        // An If takes what its branch takes, which is listed too.
        if (cat !== "Node" || args?.op_name === undefined || args.op_name === "If") continue;
        spent.set(args.op_name, (spent.get(args.op_name) ?? 0) + dur);
      }
      const all = [...spent.values()].reduce((sum, value) => sum + value, 0);
      return [...spent]
        .map(([op, value]) => [op, value / all])
        .sort((a, b) => b[1] - a[1])
        .slice(0, 8);
    };
    return { encoder: await sharesOf("encoder_model"), decoder: await sharesOf("decoder_model_merged") };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function cpuOf(work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
