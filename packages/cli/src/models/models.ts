import { resolve } from "node:path";
import { type Config, loadConfig } from "@precis/config";
import { modelNames } from "@precis/contracts";
import { findModelIssues, loadModelSet, type ResolvedModel, resolveModel } from "@precis/models";
import { UsageError } from "../usage-error.js";
import { convertModels } from "./convert-models.js";
import { measurePeaks } from "./measure-peaks.js";
import { pullModels } from "./pull-models.js";
import { updateFiles, updateManifest } from "./update-manifest.js";

interface SetOptions {
  set?: string;
}

function configOf({ set }: SetOptions, env: NodeJS.ProcessEnv): Config {
  return loadConfig(set === undefined ? env : { ...env, MODEL_SET: set });
}

/** `precis models pull`: downloads what is missing, then verifies every file. */
export async function pullSet(options: SetOptions, env: NodeJS.ProcessEnv): Promise<number> {
  await pullModels(configOf(options, env), console.log);
  return verifyModels(options, env);
}

interface ConvertOptions extends SetOptions {
  to: string;
  bits: "8" | "4";
  block?: "32" | "64" | "128";
}

/** `precis models convert --to FOLDER` */
export async function convertSet(options: ConvertOptions, env: NodeJS.ProcessEnv): Promise<number> {
  const { to, bits, block = bits === "4" ? "32" : "128" } = options;
  const format = { bits: bits === "8" ? 8 : 4, block: Number(block) as 32 | 64 | 128 } as const;
  await convertModels(configOf(options, env), { to, format }, console.log);
  console.log(`Done: MODEL_SET=${resolve(to, "manifest.json")}`);
  return 0;
}

/** `precis models manifest FOLDER` */
export async function writeManifest({ folder }: { folder: string }, env: NodeJS.ProcessEnv): Promise<number> {
  const { modelCache } = loadConfig(env);
  console.log(`Wrote sizes and SHA-256 of the files to ${await updateFiles(folder, modelCache)}`);
  return 0;
}

/** Rounded up to whole megabytes, which is as exact as a repetition. */
const roundUp = (bytes: number) => Math.ceil(bytes / 1e6) * 1e6;

/** `precis models measure` */
export async function measureSet(options: SetOptions & { rows: number }, env: NodeJS.ProcessEnv): Promise<number> {
  const { rows } = options;
  if (process.platform !== "linux") throw new UsageError("models measure needs Linux, which keeps a process's peak");
  console.log(`Measuring with ${rows} rows and with one (some minutes) …`);
  const set = configOf(options, env).modelSet;
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

/** `precis models list` */
export async function listModels(options: SetOptions, env: NodeJS.ProcessEnv): Promise<number> {
  for (const model of await resolved(configOf(options, env))) {
    const issues = await findModelIssues(model, { hashes: false });
    const source = "hub" in model.source ? `${model.source.hub}@${model.source.revision}` : "bundled";
    const state =
      issues.length === 0 ? "here" : issues.some(({ code }) => code === "model_corrupt") ? "damaged" : "missing";
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

/** `precis models verify` */
export async function verifyModels(options: SetOptions, env: NodeJS.ProcessEnv): Promise<number> {
  let wrong = 0;
  for (const model of await resolved(configOf(options, env))) {
    const issues = await findModelIssues(model, { hashes: true });
    wrong += issues.length;
    if (issues.length === 0) console.log(`${model.name}: ${model.files.length} files, all right`);
    for (const { file, expected, found } of issues) {
      console.error(`precis: ${model.name}: ${file}: expected ${expected}, found ${found}`);
    }
  }
  if (wrong > 0) console.error("precis: `precis models pull` downloads what is missing from the hub");
  return wrong === 0 ? 0 : 1;
}
