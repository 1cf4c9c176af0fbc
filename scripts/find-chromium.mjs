// Finds the browser for the browser tests; `npm test` uses it before the tests, and the tests themselves do.
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const elsewhere = ["/usr/bin/chromium", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];

const usable = (path) => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Path of Chromium or Chrome: `CHROMIUM`, else the first on PATH; undefined if there is none. */
export function findChromium() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return [...folders.flatMap((folder) => names.map((name) => join(folder, name))), ...elsewhere].find(usable);
}

/** On Debian and Ubuntu as root, installs Chromium if there is none. Returns the reason if it cannot. */
export function installChromium() {
  if (findChromium() !== undefined) return undefined;
  const advice = "Install Chromium or Chrome, or point CHROMIUM at one";
  if (process.getuid?.() !== 0 || !usable("/usr/bin/apt-get")) return advice;
  console.log("Chromium is not on this machine: installing it with apt-get (a minute or two) …");
  const apt = (...args) =>
    spawnSync("apt-get", args, {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      stdio: "ignore",
      timeout: 300_000,
    }).status === 0;
  const install = () => apt("install", "-y", "--no-install-recommends", "chromium");
  return install() || (apt("update") && install()) ? undefined : `apt-get could not install Chromium. ${advice}`;
}
