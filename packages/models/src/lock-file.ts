import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const lockSchema = z.object({
  hub: z.string(),
  revision: z.string(),
  /** The commit the hub said it served, where it said so. */
  commit: z.string().optional(),
  files: z.array(z.object({ path: z.string(), size: z.int().nonnegative(), sha256: z.string() })),
});
/** What a pull found: the sizes and hashes that every later pull and load of this folder must find again. */
export type ModelLock = z.infer<typeof lockSchema>;

const lockFileName = "precis.lock.json";

/** The lock of a pulled model's folder; undefined when there is none, or it is not whole. */
export async function readLock(folder: string): Promise<ModelLock | undefined> {
  try {
    return lockSchema.parse(JSON.parse(await readFile(join(folder, lockFileName), "utf8")));
  } catch {
    return undefined;
  }
}

export async function writeLock(folder: string, lock: ModelLock): Promise<void> {
  const temporary = join(folder, `${lockFileName}.${process.pid}`);
  await writeFile(temporary, `${JSON.stringify(lock, null, 2)}\n`);
  await rename(temporary, join(folder, lockFileName));
}
