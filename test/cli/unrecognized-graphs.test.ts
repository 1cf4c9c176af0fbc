import { type ChildProcess, spawn } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { JobView } from "@precis/contracts";
import type { Precis } from "@precis/launcher";
import { describeFile } from "@precis/models";
import { encodeModel, readModel, readValues } from "@precis/onnx";
import { hideBatchSize } from "@precis/onnx/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { submit } from "../support/call-api.js";
import { runPrecis } from "../support/run-precis.js";
import { startPrecis } from "../support/start-precis.js";

const mini = fileURLToPath(new URL("../../models/mini/", import.meta.url));
const workerEntry = fileURLToPath(new URL("../../apps/worker/dist/main.js", import.meta.url));
const article = await readFile(new URL("../../models/samples/article.txt", import.meta.url), "utf8");

let folder: string;
let manifest: string;
let precis: Precis;
let worker: ChildProcess;
let log = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "precis-graphs-"));
  manifest = join(folder, "manifest.json");
  await cp(mini, folder, { recursive: true });
  const path = "onnx/decoder_model_merged_quantized.onnx";
  await hideBatchSizeIn(join(folder, "t5", path));
  const set = JSON.parse(await readFile(manifest, "utf8"));
  const changed = await describeFile(join(folder, "t5"), path);
  set.models.t5.files = set.models.t5.files.map((file: { path: string }) => (file.path === path ? changed : file));
  await writeFile(manifest, JSON.stringify(set));
  precis = await startPrecis({ WORKERS: "0", MODEL_SET: manifest });
  const env = { ...process.env, REDIS_URL: precis.redis.url, MODEL_SET: manifest, LOG_LEVEL: "warn", DEVICE: "cpu" };
  worker = spawn(process.execPath, [workerEntry], { env, stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [worker.stdout, worker.stderr]) stream?.on("data", (data) => (log += data));
});
afterAll(async () => {
  const exited = new Promise((resolve) => worker.once("exit", resolve));
  worker.kill("SIGTERM");
  await exited;
  await precis.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Changes a decoder in place, with its weights inside the file. */
async function hideBatchSizeIn(decoder: string): Promise<void> {
  const { graph, rest } = hideBatchSize(readModel(decoder));
  const initializers = graph.initializers.map((tensor) => ({
    ...tensor,
    data: { in: "memory" as const, bytes: readValues(dirname(decoder), tensor) },
  }));
  await writeFile(decoder, encodeModel({ graph: { ...graph, initializers }, rest }));
}

const note = /decoder_model_merged_quantized\.onnx: split-decoder was not applied: the cross graph depends on /;

it("summarizes with a graph that no pass recognizes, and names it in the log once per load", async () => {
  for (const max_length of [30, 20]) {
    const answer = await submit(precis, { text: article, model: "t5", max_length }, 60);
    expect(((await answer.json()) as JobView).summary).toMatch(/\w+ \w+/);
  }
  const lines = log
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { msg: string; model?: string; note?: string })
    .filter((line) => line.note !== undefined);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ model: "t5", msg: "the t5 model runs slower than it could" });
  expect(lines[0]?.note).toMatch(note);
});

it("names it in precis doctor too", async () => {
  const env = { MODEL_SET: manifest, REDIS_URL: precis.redis.url, PRECIS_URL: precis.url };
  const { stdout } = await runPrecis(["doctor", "--json"], env);
  const { findings } = JSON.parse(stdout) as { findings: { check: string; ok: boolean; found: string }[] };
  const [bart, t5] = ["bart", "t5"].map((name) => findings.find(({ check }) => check === `graphs ${name}`));
  expect(bart).toMatchObject({ ok: true, found: "every optimization pass recognizes them" });
  expect(t5?.ok).toBe(true);
  expect(t5?.found).toMatch(note);
});
