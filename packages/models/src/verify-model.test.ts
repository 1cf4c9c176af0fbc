import { cp, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadModelSet } from "./load-model-set.js";
import { resolveModel } from "./resolve-model.js";
import { findModelIssues, verifyModel } from "./verify-model.js";

it("finds nothing wrong with the bundled models", async () => {
  const set = await loadModelSet("mini");
  await verifyModel(resolveModel(set, "bart"));
  await verifyModel(resolveModel(set, "t5"));
});

it("names a file that is cut, changed or missing, with what was expected and found", async () => {
  const bundled = resolveModel(await loadModelSet("mini"), "t5");
  const folder = await mkdtemp(join(tmpdir(), "precis-model-"));
  await cp(bundled.folder, folder, { recursive: true });
  const model = { ...bundled, folder };
  const file = "tokenizer_config.json";
  const path = join(folder, file);
  const size = model.files.find((entry) => entry.path === file)?.size ?? 0;

  await writeFile(path, " ".repeat(size));
  await expect(verifyModel(model)).rejects.toMatchObject({ code: "model_corrupt" });
  expect(await findModelIssues(model, { hashes: false })).toEqual([]);

  await truncate(path, size - 1);
  await expect(verifyModel(model)).rejects.toThrow(`${path}: expected ${size} bytes, found ${size - 1} bytes`);

  await rm(path);
  await expect(verifyModel(model)).rejects.toMatchObject({ code: "model_missing" });
  await expect(verifyModel(model)).rejects.toThrow(`${path}: expected ${size} bytes, found nothing`);
  await rm(folder, { recursive: true });
});
