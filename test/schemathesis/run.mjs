// Schemathesis, all checks, against a real API, worker and Redis: no 5xx and no answer the description does not know.
//   node test/schemathesis/run.mjs [seconds, default 180] [further options of `st run`]
// It is a Python tool: the first run installs it into bench/.cache. Not part of `npm test`.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { openKeyStore } from "../../packages/auth/dist/index.js";
import { loadConfig } from "../../packages/config/dist/index.js";
import { launch } from "../../packages/launcher/dist/index.js";
import { connect, redisKeys } from "../../packages/redis/dist/index.js";

const version = "4.32.5";
const here = dirname(fileURLToPath(import.meta.url));
const venv = join(here, "../../bench/.cache/schemathesis");
const tool = join(venv, "bin/st");
const run = (command, args) => {
  const { status, error } = spawnSync(command, args, { stdio: "inherit" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? `code ${status}`}`);
};

if (!existsSync(tool)) {
  mkdirSync(dirname(venv), { recursive: true });
  run("python3", ["-m", "venv", venv]);
  run(join(venv, "bin/pip"), ["install", "--quiet", `schemathesis==${version}`]);
}

const [seconds = "180", ...further] = process.argv.slice(2);
const home = mkdtempSync(join(tmpdir(), "precis-schemathesis-"));
const { REDIS_URL: _, ...inherited } = process.env;
// Nobody waits for long, and no generated webhook reaches anything.
const settings = {
  PORT: "0",
  PRECIS_HOME: home,
  LOG_LEVEL: "error",
  AUTH: "keys",
  MAX_WAIT: "1s",
  TEXT_MAX_BYTES: "20kB",
};
const env = { ...inherited, ...settings };
const precis = await launch({ config: loadConfig(env), env, output: "inherit", onProgress: () => {} });
try {
  const redis = await connect(precis.redis.url, "request");
  const { token } = await openKeyStore(redis, redisKeys("precis")).create({ role: "admin", name: "schemathesis" });
  redis.disconnect();
  const options = ["--checks", "all", "--max-time", seconds, "--header", `Authorization: Bearer ${token}`];
  const config = ["--config-file", join(here, "schemathesis.toml")];
  const { status } = spawnSync(tool, [...config, "run", `${precis.url}/openapi.json`, ...options, ...further], {
    stdio: "inherit",
    // It writes its state where it runs.
    cwd: home,
  });
  process.exitCode = status ?? 1;
} finally {
  await precis.stop();
  rmSync(home, { recursive: true, force: true });
}
