import { join } from "node:path";
import { PrecisError } from "@precis/contracts";
import { type DownloadOptions, downloadFile } from "./download-file.js";
import { hashFile } from "./hash-file.js";
import { type ModelLock, readLock, writeLock } from "./lock-file.js";
import type { ResolvedModel } from "./resolve-model.js";

export interface PullOptions extends Pick<DownloadOptions, "signal" | "retries" | "retryDelayMs"> {
  /** Base address of the hub. Default `https://huggingface.co`. */
  hub?: string;
  onProgress?: (file: string, bytes: number, total: number | undefined) => void;
}

/**
 * Downloads a hub model into its folder, file after file, and writes down what came (`precis.lock.json`): from then on
 * the same sizes and hashes are demanded, whatever the manifest leaves open. Files that are already there and right are
 * not downloaded again.
 *
 * transformers.js is not used for it: its downloads know no checksum, and one that is cut at a bad moment stays in its
 * cache for good.
 *
 * @throws {PrecisError} `model_missing` or `model_corrupt`; what is whole by then stays and is not fetched again.
 */
export async function pullModel(model: ResolvedModel, options: PullOptions = {}): Promise<ModelLock> {
  const { source } = model;
  if (!("hub" in source)) {
    throw new PrecisError(
      "invalid_request",
      `${model.name} is in the folder ${model.folder}; there is nothing to pull`,
    );
  }
  const { hub = "https://huggingface.co", onProgress, ...download } = options;
  const base = `${hub.replace(/\/+$/, "")}/${source.hub}/resolve/${source.revision}`;
  const before = await readLock(model.folder);
  const pinned = new Map(before?.files.map((file) => [file.path, file]));
  const lock: ModelLock = { hub: source.hub, revision: source.revision, files: [] };
  if (before?.commit !== undefined) lock.commit = before.commit;
  for (const file of model.files) {
    const expected = { ...pinned.get(file.path), ...file };
    const target = join(model.folder, file.path);
    const here = expected.sha256 === undefined ? undefined : await hashFile(target).catch(() => undefined);
    if (here !== undefined && here === expected.sha256 && expected.size !== undefined) {
      lock.files.push({ path: file.path, size: expected.size, sha256: here });
      continue;
    }
    const { commit, ...found } = await downloadFile(`${base}/${file.path}`, target, {
      ...download,
      size: expected.size,
      sha256: expected.sha256,
      onProgress: (bytes, total) => onProgress?.(file.path, bytes, total),
    });
    if (commit !== undefined) lock.commit ??= commit;
    lock.files.push({ path: file.path, ...found });
    // Written after each file: a pull that is interrupted has pinned what it got.
    await writeLock(model.folder, { ...lock, files: mergeFiles(before?.files ?? [], lock.files) });
  }
  await writeLock(model.folder, lock);
  return lock;
}

function mergeFiles(before: ModelLock["files"], now: ModelLock["files"]): ModelLock["files"] {
  return [...now, ...before.filter((file) => !now.some(({ path }) => path === file.path))];
}
