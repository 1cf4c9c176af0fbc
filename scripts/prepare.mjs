// Installs and builds what is missing. Runs before anything is installed, so it uses Node's own modules only.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, "node_modules", ".precis-installed");

/** Runs a command in the project's folder and ends this process with its code when it fails. */
export function run(command, args, { quiet = false } = {}) {
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1", ONNXRUNTIME_NODE_INSTALL: "skip" };
  const result = spawnSync(command, args, { cwd: root, env, stdio: quiet ? ["ignore", "pipe", "pipe"] : "inherit" });
  if (result.status === 0) return;
  if (quiet) process.stderr.write(`${result.stdout}${result.stderr}`);
  console.error(result.error?.message ?? `${command} ${args.join(" ")} failed with code ${result.status}`);
  process.exit(result.status || 1);
}

/** `npm ci` when node_modules is missing or was made from another lockfile. */
export function install() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`Precis needs Node 20.19 or later; this is ${process.versions.node}.`);
    process.exit(1);
  }
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  try {
    if (readFileSync(stamp, "utf8") === lock) return;
  } catch {
    // Never installed.
  }
  console.log("Installing dependencies (npm ci, about half a minute) …");
  run("npm", ["ci", "--no-fund", "--no-audit", "--loglevel=error"]);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, lock);
}

/** Builds what has changed since the last time. */
export function build() {
  console.log("Building …");
  run(join(root, "node_modules", ".bin", "tsc"), ["-b"], { quiet: true });
  run(process.execPath, ["packages/ui/collect-assets.mjs"], { quiet: true });
}
