import { cp, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadModelSet, type ResolvedModel, resolveModel } from "@precis/models";
import { afterAll, beforeAll, expect, it } from "vitest";
import { checkGraphs } from "./check-graphs.js";

const set = await loadModelSet(fileURLToPath(new URL("../../../../models/mini/manifest.json", import.meta.url)));
let folder: string;
let copy: ResolvedModel;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "precis-graphs-"));
  const model = resolveModel(set, "t5");
  await cp(model.folder, folder, { recursive: true });
  copy = { ...model, folder };
});
afterAll(() => rm(folder, { recursive: true }));

it.each(["bart", "t5"] as const)("finds that every pass recognizes the bundled %s", (name) => {
  const finding = checkGraphs(resolveModel(set, name), "cpu");
  expect(finding).toEqual({ check: `graphs ${name}`, ok: true, found: "every optimization pass recognizes them" });
});

it("names the network, the pass and the reason if a graph is not recognized, which is not a failure", async () => {
  const decoder = join(folder, "onnx", "decoder_model_merged_quantized.onnx");
  await rename(decoder, `${decoder}.original`);
  await cp(join(folder, "onnx", "encoder_model_quantized.onnx"), decoder);
  const { ok, found } = checkGraphs(copy, "cpu");
  expect(ok).toBe(true);
  expect(found).toMatch(
    /^decoder_model_merged_quantized\.onnx: split-decoder was not applied: the graph has no If with two branches; /,
  );
  await rename(`${decoder}.original`, decoder);
});

it("reports a file that is not a model, with advice", async () => {
  await writeFile(join(folder, "onnx", "encoder_model_quantized.onnx"), "<html>");
  const { ok, found, advice } = checkGraphs(copy, "cpu");
  expect(ok).toBe(false);
  expect(found).toContain("encoder_model_quantized.onnx: not a protobuf message");
  expect(advice).toContain("export");
});
