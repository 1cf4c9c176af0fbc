import { stat } from "node:fs/promises";
import { join } from "node:path";
import { PrecisError } from "@precis/contracts";
import { hashFile } from "./hash-file.js";
import { readLock } from "./lock-file.js";
import type { ModelFile } from "./manifest.js";
import type { ResolvedModel } from "./resolve-model.js";

/** One thing that is wrong with a model's files. */
export interface ModelIssue {
  code: "model_missing" | "model_corrupt";
  file: string;
  expected: string;
  found: string;
}

/** Hashes already computed in this process; a file that changes also changes its time or size. */
const known = new Map<string, { size: number; mtimeMs: number; sha256: string }>();

/**
 * Compares a model's files with its manifest (and, for a hub model, with what the first pull pinned).
 *
 * @param hashes compare SHA-256 too: about 30 ms for a bundled model the first time, nothing after
 */
export async function findModelIssues(model: ResolvedModel, { hashes }: { hashes: boolean }): Promise<ModelIssue[]> {
  const files = await expectedFiles(model);
  const issues = await Promise.all(files.map((file) => findIssue(model.folder, file, hashes)));
  return issues.filter((issue) => issue !== undefined);
}

/** @throws {PrecisError} `model_missing` or `model_corrupt`, naming each faulty file, what was expected and found. */
export async function verifyModel(
  model: ResolvedModel,
  options: { hashes: boolean } = { hashes: true },
): Promise<void> {
  const issues = await findModelIssues(model, options);
  const [first] = issues;
  if (first === undefined) return;
  const list = issues.map(({ file, expected, found }) => `${file}: expected ${expected}, found ${found}`).join("; ");
  const hint = "hub" in model.source && first.code === "model_missing" ? " (pull the model first)" : "";
  throw new PrecisError(first.code, `${model.name}: ${list}${hint}`);
}

async function expectedFiles(model: ResolvedModel): Promise<ModelFile[]> {
  if ("folder" in model.source) return model.files;
  const pinned = new Map((await readLock(model.folder))?.files.map((file) => [file.path, file]));
  return model.files.map((file) => ({ ...pinned.get(file.path), ...file }));
}

async function findIssue(folder: string, file: ModelFile, hashes: boolean): Promise<ModelIssue | undefined> {
  const path = join(folder, file.path);
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) {
    const expected = file.size === undefined ? "a file" : `${file.size} bytes`;
    return { code: "model_missing", file: path, expected, found: "nothing" };
  }
  if (file.size !== undefined && found.size !== file.size) {
    return { code: "model_corrupt", file: path, expected: `${file.size} bytes`, found: `${found.size} bytes` };
  }
  if (!hashes || file.sha256 === undefined) return undefined;
  const before = known.get(path);
  const same = before?.size === found.size && before.mtimeMs === found.mtimeMs;
  const sha256 = same ? before.sha256 : await hashFile(path);
  known.set(path, { size: found.size, mtimeMs: found.mtimeMs, sha256 });
  if (sha256 === file.sha256) return undefined;
  return { code: "model_corrupt", file: path, expected: `SHA-256 ${file.sha256}`, found: `SHA-256 ${sha256}` };
}
