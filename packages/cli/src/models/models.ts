import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Config, loadConfig } from "@precis/config";
import { modelNames } from "@precis/contracts";
import { findModelFaults, loadModelSet, type ResolvedModel, resolveModel } from "@precis/models";
import { UsageError } from "../usage-error.js";
import { convertModels } from "./convert-models.js";
import { measurePeaks } from "./measure-peaks.js";
import { pullModels } from "./pull-models.js";
import { updateFiles, updateManifest } from "./update-manifest.js";

/**
 * `precis models list|verify|pull|convert|measure|manifest`: shows the model set, checks its files, downloads it from its
 * hub, makes a set of it that can be batched, measures its memory, and writes its files into its manifest.
 */
export async function models(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [action, ...rest] = args;
  const { values, positionals } = parseArgs({
    args: rest,
    allowPositionals: action === "manifest",
    options: {
      ...{ set: { type: "string" }, to: { type: "string" }, bits: { type: "string" }, block: { type: "string" } },
      rows: { type: "string", default: "32" },
    },
  });
  const config = loadConfig(values.set === undefined ? env : { ...env, MODEL_SET: values.set });
  if (action === "list") return list(config);
  if (action === "verify") return verify(config);
  if (action === "pull") {
    await pullModels(config, console.log);
    return verify(config);
  }
  if (action === "convert") {
    const { to, bits = "8", block = bits === "4" ? "32" : "128" } = values;
    if (to === undefined) throw new UsageError("models convert needs --to FOLDER, where the new set goes");
    if (bits !== "8" && bits !== "4") throw new UsageError(`--bits is ${bits}; it can be 8 or 4`);
    const size = ([32, 64, 128] as const).find((allowed) => String(allowed) === block);
    if (size === undefined) throw new UsageError(`--block is ${block}; it can be 32, 64 or 128`);
    const format = { bits: bits === "8" ? 8 : 4, block: size } as const;
    await convertModels(config, { to, format }, console.log);
    console.log(`Done: MODEL_SET=${resolve(to, "manifest.json")}`);
    return 0;
  }
  if (action === "measure") return measure(config, env, Number(values.rows));
  if (action === "manifest") {
    const [folder, ...others] = positionals;
    if (folder === undefined || others.length > 0) throw new UsageError("models manifest takes one FOLDER");
    console.log(`Wrote sizes and SHA-256 of the files to ${await updateFiles(folder, config.modelCache)}`);
    return 0;
  }
  throw new UsageError("models takes list, verify, pull, convert, measure or manifest");
}

/** Rounded up to whole megabytes, which is as exact as a repetition. */
const roundUp = (bytes: number) => Math.ceil(bytes / 1e6) * 1e6;

async function measure(config: Config, env: NodeJS.ProcessEnv, rows: number): Promise<number> {
  if (process.platform !== "linux") throw new UsageError("models measure needs Linux, which keeps a process's peak");
  if (!Number.isInteger(rows) || rows < 2) throw new UsageError("--rows must be a whole number of at least 2");
  console.log(`Measuring with ${rows} rows and with one (some minutes) …`);
  const set = config.modelSet;
  const [many, single] = [await measurePeaks(env, { set, rows }), await measurePeaks(env, { set, rows: 1 })];
  const path = await updateManifest(set, async (model) => {
    const [peak, one] = [roundUp(many[model]), roundUp(single[model])];
    console.log(`${model}: ${one / 1e6} MB with one row, ${peak / 1e6} MB with ${rows}`);
    return { peak_rss_bytes: peak, peak_rows: rows, single_row_rss_bytes: one };
  });
  console.log(`Wrote the peaks to ${path}`);
  return 0;
}

async function resolved(config: Config): Promise<ResolvedModel[]> {
  const set = await loadModelSet(config.modelSet);
  return modelNames.map((name) => resolveModel(set, name, config.modelCache));
}

async function list(config: Config): Promise<number> {
  for (const model of await resolved(config)) {
    const faults = await findModelFaults(model, { hashes: false });
    const source = "hub" in model.source ? `${model.source.hub}@${model.source.revision}` : "bundled";
    const state =
      faults.length === 0 ? "here" : faults.some(({ code }) => code === "model_corrupt") ? "damaged" : "missing";
    console.log(
      [
        model.name.padEnd(5),
        state.padEnd(8),
        model.dtype.padEnd(5),
        (model.batching ? "batches" : "one by one").padEnd(10),
        `${Math.round(model.peak_rss_bytes / 1e6)} MB peak`.padEnd(13),
        source,
        model.folder,
      ].join("  "),
    );
  }
  return 0;
}

async function verify(config: Config): Promise<number> {
  let wrong = 0;
  for (const model of await resolved(config)) {
    const faults = await findModelFaults(model, { hashes: true });
    wrong += faults.length;
    if (faults.length === 0) console.log(`${model.name}: ${model.files.length} files, all right`);
    for (const { file, expected, found } of faults) {
      console.error(`precis: ${model.name}: ${file}: expected ${expected}, found ${found}`);
    }
  }
  if (wrong > 0) console.error("precis: `precis models pull` fetches what is missing of a hub's model");
  return wrong === 0 ? 0 : 1;
}
