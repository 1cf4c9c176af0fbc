import { createHash } from "node:crypto";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type JobView, modelNames } from "@precis/contracts";
import { describeFile } from "@precis/models";
import { encodeModel, readModel, readValues } from "@precis/onnx";
import { toFloat32 } from "@precis/onnx/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { submit } from "../support/call-api.js";
import { runPrecis } from "../support/run-precis.js";
import { startPrecis } from "../support/start-precis.js";

const mini = fileURLToPath(new URL("../../models/mini/", import.meta.url));
const article = await readFile(new URL("../../models/samples/article.txt", import.meta.url), "utf8");
const networks = ["encoder_model", "decoder_model_merged"];

let folder: string;
let source: string;
let target: string;

/** The bundled set as its exporter might have left it: float32, not to be batched. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "precis-converted-"));
  [source, target] = [join(folder, "float32"), join(folder, "8-bit")];
  const set = JSON.parse(await readFile(join(mini, "manifest.json"), "utf8"));
  for (const name of modelNames) {
    const entry = set.models[name];
    await mkdir(join(source, name, "onnx"), { recursive: true });
    const paths: string[] = entry.files.map(({ path }: { path: string }) => path);
    const beside = paths.filter((path) => dirname(path) === ".");
    for (const path of beside) await copyFile(join(mini, name, path), join(source, name, path));
    const written = networks.map((network) => `onnx/${network}.onnx`);
    for (const path of written) {
      const bundled = join(mini, name, path.replace(".onnx", "_quantized.onnx"));
      await writeFile(join(source, name, path), encodeModel(toFloat32(readModel(bundled), dirname(bundled))));
    }
    const files = await Promise.all([...beside, ...written].map((path) => describeFile(join(source, name), path)));
    const { peak_rows: _, single_row_rss_bytes, ...rest } = entry;
    set.models[name] = { ...rest, dtype: "fp32", batching: false, peak_rss_bytes: single_row_rss_bytes, files };
  }
  await writeFile(join(source, "manifest.json"), JSON.stringify({ ...set, name: "float32" }));
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Hashes of all weights of 8 bits in a network. */
function weightsOf(set: string, name: string, network: string): string[] {
  const onnx = join(set, name, "onnx");
  const { graph } = readModel(join(onnx, `${network}_quantized.onnx`));
  const codes = graph.initializers.filter(({ dataType }) => dataType === 2 || dataType === 3);
  return codes.map((tensor) => createHash("sha256").update(readValues(onnx, tensor)).digest("hex")).sort();
}

it("a set made by models convert has the weights it was made from, and summarizes as the bundled one does", async () => {
  const { code, stdout, stderr } = await runPrecis(["models", "convert", "--to", target, "--block", "32"], {
    MODEL_SET: join(source, "manifest.json"),
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain(`MODEL_SET=${join(target, "manifest.json")}`);
  for (const name of modelNames) {
    for (const network of networks) expect(weightsOf(target, name, network)).toEqual(weightsOf(mini, name, network));
  }

  const summarize = async (set: Record<string, string>) => {
    const service = await startPrecis(set);
    try {
      const jobs = modelNames.flatMap((model) =>
        [30, 40, 50].map(async (max_length) => {
          const answer = await submit(service, { text: article, model, max_length }, 60);
          return ((await answer.json()) as JobView).summary;
        }),
      );
      return await Promise.all(jobs);
    } finally {
      await service.stop();
    }
  };
  const summaries = await summarize({ MODEL_SET: join(target, "manifest.json") });
  expect(summaries).toEqual(await summarize({}));
  for (const summary of summaries) expect(summary).toMatch(/\w+ \w+/);
}, 120_000);
