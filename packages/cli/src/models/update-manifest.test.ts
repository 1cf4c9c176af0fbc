import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { models } from "./models.js";

const mini = fileURLToPath(new URL("../../../../models/mini/", import.meta.url));
let folder: string;
let manifest: string;
const read = async () => JSON.parse(await readFile(manifest, "utf8"));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "precis-manifest-"));
  manifest = join(folder, "manifest.json");
  await cp(mini, folder, { recursive: true });
});
afterAll(() => rm(folder, { recursive: true }));

it("models manifest writes the size and hash of every file, and changes nothing else", async () => {
  const original = await read();
  const stale = structuredClone(original);
  for (const file of [...stale.models.bart.files, ...stale.models.t5.files]) {
    Object.assign(file, { size: 1, sha256: "0".repeat(64) });
  }
  await writeFile(manifest, JSON.stringify(stale));
  expect(await models(["manifest", folder], {})).toBe(0);
  expect(await readFile(manifest, "utf8")).toBe(`${JSON.stringify(original, null, 2)}\n`);
});

it("models manifest names a file that is missing and leaves the manifest as it was", async () => {
  const before = await readFile(manifest, "utf8");
  await rm(join(folder, "t5", "config.json"));
  await expect(models(["manifest", folder], {})).rejects.toThrow(/ENOENT.*config\.json/);
  expect(await readFile(manifest, "utf8")).toBe(before);
});

it.each([
  [["manifest"], /one FOLDER/],
  [["manifest", "a", "b"], /one FOLDER/],
  [["measure", "--rows", "1"], /--rows must be a whole number of at least 2/],
  [["measure", "--rows", "many"], /--rows must be/],
])("models %j is refused", async (args, message) => {
  await expect(models(args, {})).rejects.toThrow(message);
});
