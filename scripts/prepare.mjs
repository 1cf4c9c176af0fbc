// Installs and builds what is missing. Runs before anything is installed, so it uses Node's own modules only.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Runs a command in the project's folder; if it fails, ends this process with the same exit code. */
export function run(command, args, { cwd = root, quiet = false } = {}) {
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1" };
  const result = spawnSync(command, args, { cwd, env, stdio: quiet ? ["ignore", "pipe", "pipe"] : "inherit" });
  if (result.status === 0) return;
  if (quiet) process.stderr.write(`${result.stdout}${result.stderr}`);
  console.error(result.error?.message ?? `${command} ${args.join(" ")} failed with code ${result.status}`);
  process.exit(result.status || 1);
}

/** `npm ci` when the project's node_modules is missing or was made from another lockfile. */
export function install(project = root) {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`Precis needs Node 20.19 or later; this is ${process.versions.node}.`);
    process.exit(1);
  }
  const stamp = join(project, "node_modules", ".precis-installed");
  const lock = createHash("sha256")
    .update(readFileSync(join(project, "package-lock.json")))
    .digest("hex");
  try {
    if (readFileSync(stamp, "utf8") === lock) return;
  } catch {
    // Never installed.
  }
  console.log(
    `Installing dependencies${project === root ? "" : ` of ${basename(project)}`} (npm ci, about half a minute) …`,
  );
  run("npm", ["ci", "--no-fund", "--no-audit", "--loglevel=error"], { cwd: project });
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, lock);
}

/** Builds what has changed since the last build. Prints nothing more unless the code does not compile. */
export function build() {
  console.log("Building …");
  const options = ["--output-logs=errors-only", "--log-order=grouped", "--log-prefix=none"];
  run(join(root, "node_modules", ".bin", "turbo"), ["run", "build", ...options], { quiet: true });
}
