import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { PrecisError } from "@precis/contracts";
import type { ResolvedModel } from "./model-set.js";

/**
 * Compares every file of a model with its manifest, by size and then by SHA-256.
 *
 * @throws {PrecisError} `model_missing` or `model_corrupt`, naming the file, what was expected and what was found.
 */
export async function verifyModel(model: ResolvedModel): Promise<void> {
  await Promise.all(
    model.files.map(async ({ path, size, sha256 }) => {
      const file = join(model.path, path);
      const found = await stat(file).catch(() => {
        throw new PrecisError("model_missing", `${file} is missing`);
      });
      if (found.size !== size) {
        throw new PrecisError("model_corrupt", `${file} has ${found.size} bytes; the manifest says ${size}`);
      }
      const hash = createHash("sha256");
      for await (const part of createReadStream(file, { highWaterMark: 2 ** 20 })) hash.update(part as Buffer);
      const digest = hash.digest("hex");
      if (digest !== sha256) {
        throw new PrecisError("model_corrupt", `${file} has SHA-256 ${digest}; the manifest says ${sha256}`);
      }
    }),
  );
}
