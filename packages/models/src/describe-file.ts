import { stat } from "node:fs/promises";
import { join } from "node:path";
import { hashFile } from "./hash-file.js";

/** A file as a manifest lists it. */
export async function describeFile(
  folder: string,
  path: string,
): Promise<{ path: string; size: number; sha256: string }> {
  const file = join(folder, path);
  return { path, size: (await stat(file)).size, sha256: await hashFile(file) };
}
