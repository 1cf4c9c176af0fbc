import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { main } from "../index.js";
import { writeManifest } from "./models.js";

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
  expect(await writeManifest({ folder }, {})).toBe(0);
  expect(await readFile(manifest, "utf8")).toBe(`${JSON.stringify(original, null, 2)}\n`);
});

it("models manifest names a file that is missing and leaves the manifest as it was", async () => {
  const before = await readFile(manifest, "utf8");
  await rm(join(folder, "t5", "config.json"));
  await expect(writeManifest({ folder }, {})).rejects.toThrow(/ENOENT.*config\.json/);
  expect(await readFile(manifest, "utf8")).toBe(before);
});

it.each([
  [["manifest"], /missing required argument 'FOLDER'/],
  [["manifest", "a", "b"], /too many arguments for 'manifest'/],
  [["measure", "--rows", "1"], /--rows must be a whole number from 2 to 1000 \(got 1\)/],
  [["measure", "--rows", "many"], /--rows must be/],
])("models %j is refused", async (args, message) => {
  const printed: string[] = [];
  vi.spyOn(console, "error").mockImplementation((line) => void printed.push(line));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => printed.push(String(text)) > 0);
  expect(await main(["models", ...args], {})).toBe(2);
  vi.restoreAllMocks();
  expect(printed.join("\n")).toMatch(message);
});
