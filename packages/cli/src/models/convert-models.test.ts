import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "@precis/config";
import { findModelIssues, loadModelSet, resolveModel } from "@precis/models";
import { encodeModel, type Initializer, readModel } from "@precis/onnx";
import { afterAll, beforeAll, expect, it } from "vitest";
import { convertModels } from "./convert-models.js";

let folder: string;
let hub: Server;
/** What the hub has, by path. */
const served = new Map<string, Buffer>();
const asked: string[] = [];

const weights = Buffer.from(Float32Array.from({ length: 64 * 8 }, (_, index) => Math.sin(index)).buffer);
const network = (data: Initializer["data"]) =>
  encodeModel({
    graph: {
      name: "g",
      nodes: [{ name: "m", opType: "MatMul", domain: "", inputs: ["x", "weight"], outputs: ["y"], attributes: [] }],
      initializers: [{ name: "weight", dataType: 1, dims: [64, 8], data }],
      inputs: [{ name: "x", type: Buffer.from([0x0a, 0x02, 0x08, 1]) }],
      outputs: [{ name: "y", type: Buffer.from([0x0a, 0x02, 0x08, 1]) }],
    },
    rest: Buffer.from([0x08, 8, 0x42, 2, 0x10, 17]),
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "precis-convert-"));
  for (const model of ["bart", "t5"]) {
    const prefix = `/precis/${model}/resolve/main`;
    served.set(`${prefix}/config.json`, Buffer.from('{"decoder_layers": 2, "d_model": 16}'));
    served.set(`${prefix}/onnx/encoder_model.onnx`, network({ in: "memory", bytes: weights }));
    // One with its weights beside it, as large models have them.
    const beside = { in: "file", file: "decoder_model_merged.onnx_data", offset: 0, length: weights.length } as const;
    served.set(`${prefix}/onnx/decoder_model_merged.onnx`, network(beside));
    served.set(`${prefix}/onnx/decoder_model_merged.onnx_data`, weights);
  }
  hub = createServer((request, response) => {
    asked.push(request.url ?? "");
    const body = served.get(request.url ?? "");
    response.writeHead(body === undefined ? 404 : 200, { "content-length": body?.length ?? 0 }).end(body);
  });
  await new Promise<void>((resolve) => hub.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  await new Promise((resolve) => hub.close(resolve));
  await rm(folder, { recursive: true });
});

const entry = (source: object, files: object[]) => ({
  ...{ source, files, dtype: "q8", prefix: "", generation: { num_beams: 1 }, context_length: 64 },
  ...{ max_output_tokens: 32, batching: false, peak_rss_bytes: 100_000_000 },
});
async function configFor(name: string, models: object) {
  const path = join(folder, name, "manifest.json");
  await mkdir(join(folder, name), { recursive: true });
  await writeFile(path, JSON.stringify({ name, description: "Dynamic.", license: "none", models }));
  const { port } = hub.address() as AddressInfo;
  return loadConfig({ MODEL_SET: path, MODEL_HUB: `http://127.0.0.1:${port}`, MODEL_CACHE: join(folder, "cache") });
}

it("makes a set that may be batched from the float32 files of a hub's models", async () => {
  const dynamic = [{ path: "config.json" }, { path: "onnx/encoder_model_quantized.onnx" }];
  const sources = ["bart", "t5"].map((name) => [name, entry({ hub: `precis/${name}`, revision: "main" }, dynamic)]);
  const config = await configFor("dynamic", Object.fromEntries(sources));
  const to = join(folder, "converted");
  await convertModels(config, { to, format: { bits: 8, block: 32 } }, () => {});

  const set = await loadModelSet(join(to, "manifest.json"));
  expect(set.name).toBe("dynamic-8bit");
  for (const name of ["bart", "t5"] as const) {
    const model = resolveModel(set, name);
    expect(model).toMatchObject({ dtype: "q8", batching: true, generation: { num_beams: 1 }, peak_rows: 32 });
    expect(model.peak_rss_bytes).toBeGreaterThan(model.single_row_rss_bytes as number);
    expect(await findModelIssues(model, { hashes: true })).toEqual([]);
    for (const file of ["encoder_model", "decoder_model_merged"]) {
      const { graph } = readModel(join(model.folder, "onnx", `${file}_quantized.onnx`));
      expect(graph.nodes.map(({ opType }) => opType)).toEqual(["MatMulNBits"]);
    }
  }
  expect(asked).toContain("/precis/t5/resolve/main/onnx/decoder_model_merged.onnx_data");
  expect(asked.join()).not.toContain("_quantized");
  // The float32 files are not kept.
  expect((await readdir(to)).sort()).toEqual(["bart", "manifest.json", "t5"]);
});

it("names the file that a set in a folder does not have, and writes no manifest", async () => {
  const file = { path: "config.json", size: 2, sha256: "0".repeat(64) };
  const config = await configFor("local", { bart: entry({ folder: "b" }, [file]), t5: entry({ folder: "t" }, [file]) });
  await mkdir(join(folder, "local", "b"));
  await writeFile(join(folder, "local", "b", "config.json"), "{}");
  const to = join(folder, "nothing");
  await expect(convertModels(config, { to, format: { bits: 8, block: 32 } }, () => {})).rejects.toMatchObject({
    code: "model_missing",
    message: expect.stringContaining("encoder_model.onnx is not there"),
  });
  await expect(readFile(join(to, "manifest.json"))).rejects.toThrow("ENOENT");
});
