import { cp, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadModelSet, resolveModel } from "./model-set.js";
import { verifyModel } from "./verify-model.js";

it("finds nothing wrong with the bundled models", async () => {
  const set = await loadModelSet("mini");
  await verifyModel(resolveModel(set, "bart"));
  await verifyModel(resolveModel(set, "t5"));
});

it("names a file that is cut, changed or missing", async () => {
  const model = resolveModel(await loadModelSet("mini"), "t5");
  const path = await mkdtemp(join(tmpdir(), "precis-model-"));
  await cp(model.path, path, { recursive: true });
  const config = join(path, "tokenizer_config.json");
  const size = model.files.find((file) => file.path === "tokenizer_config.json")?.size ?? 0;
  await writeFile(config, " ".repeat(size));
  await expect(verifyModel({ ...model, path })).rejects.toMatchObject({ code: "model_corrupt" });
  await truncate(config, size - 1);
  await expect(verifyModel({ ...model, path })).rejects.toThrow(`${config} has ${size - 1} bytes`);
  await rm(config);
  await expect(verifyModel({ ...model, path })).rejects.toThrow(`${config} is missing`);
  await rm(path, { recursive: true });
});

it("says where it looked for a set that is not there", async () => {
  await expect(loadModelSet("nonesuch")).rejects.toThrow(/MODEL_SET=nonesuch: there is no manifest at .*nonesuch/);
});
