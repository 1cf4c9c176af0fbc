// `npm test`: installs what is missing, builds, checks format, types and dead code, and runs every test (import rules included).
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installChromium } from "./find-chromium.mjs";
import { build, install, root, run } from "./prepare.mjs";

const bin = (name) => join(root, "node_modules", ".bin", name);

install();
build();
console.log("Checking format and lint …");
run(bin("biome"), ["check", "."]);
console.log("Checking types …");
run(bin("tsc"), ["-p", "tsconfig.check.json"]);
console.log("Looking for dead code …");
run(bin("knip"), []);
// Once and before the tests, which would otherwise each try to install Redis on a machine that has none.
const { findOrStartRedis } = await import("../packages/redis/dist/index.js");
const home = mkdtempSync(join(tmpdir(), "precis-redis-"));
try {
  const redis = await findOrStartRedis({ home, path: process.env.PATH ?? "", onProgress: console.log });
  await redis.stop();
} catch (error) {
  console.error(error.message);
  process.exit(1);
} finally {
  rmSync(home, { recursive: true, force: true });
}
const missing = installChromium();
if (missing !== undefined) console.warn(`The browser tests are SKIPPED: no browser was found. ${missing}.`);
console.log("Testing …");
run(bin("vitest"), ["run"]);
