import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { loadModelSet } from "./load-model-set.js";

const bundled = JSON.parse(
  await readFile(new URL("../../../models/mini/manifest.json", import.meta.url), "utf8"),
) as Record<string, unknown>;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "precis-set-"));
});
afterAll(() => rm(folder, { recursive: true }));

const load = async (manifest: object) => {
  await writeFile(join(folder, "manifest.json"), JSON.stringify(manifest));
  return loadModelSet(folder);
};

it("knows the sets that come with Precis by name", async () => {
  expect((await loadModelSet("mini")).models.t5.prefix).toBe("summarize: ");
  expect((await loadModelSet("distilbart")).models.bart.source).toMatchObject({ hub: expect.any(String) });
});

it("reads a set from a folder of the operator's", async () => {
  expect(await load({ ...bundled, name: "ours" })).toMatchObject({ name: "ours", folder });
});

it("says where it looked for a set that is not there", async () => {
  await expect(loadModelSet("nonesuch")).rejects.toThrow(/model set nonesuch: no manifest at .*nonesuch/);
});

it("refuses a misspelt setting, a file outside the folder and a manifest that is no JSON", async () => {
  const models = structuredClone(bundled.models) as { bart: { generation: object; files: { path: string }[] } };
  models.bart.generation = { max_lenght: 3 };
  await expect(load({ ...bundled, models })).rejects.toThrow("max_lenght");
  models.bart.generation = {};
  (models.bart.files[0] as { path: string }).path = "../../secret";
  await expect(load({ ...bundled, models })).rejects.toThrow("must be a relative path");
  await writeFile(join(folder, "manifest.json"), "{");
  await expect(loadModelSet(folder)).rejects.toMatchObject({ code: "model_corrupt" });
});
