import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeModel } from "../codec/encode-model.js";
import { readModel } from "../codec/read-model.js";
import { explainPasses } from "./explain-passes.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "precis-passes-"));
});
afterAll(() => rm(folder, { recursive: true }));

const bundled = (name: string, network: string) =>
  fileURLToPath(new URL(`../../../../models/mini/${name}/onnx/${network}_quantized.onnx`, import.meta.url));

describe.each(["bart", "t5"])("the bundled %s", (name) => {
  it.each([512, 16_384])("is recognized by every pass with a context of %i tokens", (contextLength) => {
    const files = { encoder: bundled(name, "encoder_model"), decoder: bundled(name, "decoder_model_merged") };
    expect(explainPasses({ ...files, contextLength, fuse: true })).toEqual([]);
  });
});

it("names the file, the pass and the reason for each graph that is not recognized", async () => {
  // An encoder in place of the decoder, and the other way round.
  const [encoder, decoder] = [join(folder, "encoder_model.onnx"), join(folder, "decoder_model_merged.onnx")];
  await cp(bundled("bart", "encoder_model"), decoder);
  const exported = readModel(bundled("bart", "decoder_model_merged"));
  await writeFile(encoder, encodeModel(exported));
  expect(explainPasses({ encoder, decoder, contextLength: 1_024, fuse: true })).toEqual([
    "decoder_model_merged.onnx: split-decoder was not applied: the graph has no If with two branches",
  ]);
  // Without a cache the number of heads is unknown, and so is whether scores are large.
  await cp(bundled("bart", "decoder_model_merged"), decoder);
  expect(explainPasses({ encoder, decoder, contextLength: 16_384, fuse: true })).toEqual([
    "encoder_model.onnx: fuse-attention was not applied: no encoder attention was found",
  ]);
});

it("rejects a file that is not a model", async () => {
  const decoder = join(folder, "broken.onnx");
  await writeFile(decoder, "<html>");
  expect(() =>
    explainPasses({ encoder: bundled("t5", "encoder_model"), decoder, contextLength: 512, fuse: true }),
  ).toThrow("broken.onnx: not a protobuf message");
});
