// `npm test`: installs what is missing, builds, runs the checks of `npm run check` and every test.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installChromium } from "./find-chromium.mjs";
import { install, root, run } from "./prepare.mjs";

install();
await import("./check.mjs");
// Before the tests, each of which would otherwise try to install Redis on a machine that has none.
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
run(join(root, "node_modules", ".bin", "vitest"), ["run"]);
