import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { baselineFolder, cache, venvPython } from "../models/paths.mjs";

const requirements = join(baselineFolder, "requirements.txt");
const wanted = createHash("sha256").update(readFileSync(requirements)).digest("hex");
const stamp = join(cache, "venv", ".requirements");

function run(command, args) {
  const { status } = spawnSync(command, args, { stdio: "inherit" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed with code ${status}`);
}

function isMade() {
  try {
    return readFileSync(stamp, "utf8") === wanted;
  } catch {
    return false;
  }
}

/** Makes the Python environment of the baselines, bench/.cache/venv, if it does not exist. */
export function setupPython() {
  if (isMade()) return;
  mkdirSync(cache, { recursive: true });
  run("python3", ["-m", "venv", join(cache, "venv")]);
  run(venvPython, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements]);
  writeFileSync(stamp, wanted);
}
