import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Precis } from "@precis/launcher";
import { startPrecis } from "./start-precis.js";

const preload = fileURLToPath(new URL("../fixtures/poison.mjs", import.meta.url));

/** A Precis whose model processes die or stop at certain words; see `fixtures/poison.mjs`. */
export async function startPoisonable(settings: Record<string, string>): Promise<Precis> {
  return startPrecis({
    NODE_OPTIONS: `--import=${preload}`,
    POISON_DIR: await mkdtemp(join(tmpdir(), "precis-poison-")),
    // They die on purpose.
    LOG_LEVEL: "silent",
    ...settings,
  });
}
