import { totalmem } from "node:os";
import { parseArgs } from "node:util";
import { type Config, ConfigError, loadConfig } from "@precis/config";
import { modelNames } from "@precis/contracts";
import { readHistory, readWorkers } from "@precis/control";
import { peakRssBytes } from "@precis/models";
import { redisKeys } from "@precis/redis";
import { checkClock } from "./check-clock.js";
import { checkDeaths, deathsSinceMs } from "./check-deaths.js";
import { checkDevice, checkMemory, checkModels } from "./check-models.js";
import { checkPort } from "./check-port.js";
import { checkRedis } from "./check-redis.js";
import { checkWorkers } from "./check-workers.js";
import { type Finding, fault, fine } from "./finding.js";

/** `precis doctor`: looks at everything that can be wrong and says what to do; 0 only when nothing is. */
export async function doctor(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { json: { type: "boolean", default: false }, url: { type: "string" } },
  });
  const findings = await examine(env, values.url ?? env.PRECIS_URL);
  const ok = findings.every((finding) => finding.ok);
  console.log(values.json ? JSON.stringify({ ok, findings }, null, 2) : findings.map(line).join("\n"));
  if (!values.json) {
    const faults = findings.filter((finding) => !finding.ok).length;
    console.log(ok ? "\nAll is well." : `\n${faults} thing${faults === 1 ? " is" : "s are"} wrong.`);
  }
  return ok ? 0 : 1;
}

function line({ check, ok, found, advice }: Finding): string {
  return `${ok ? "ok   " : "WRONG"}  ${check}: ${found}${advice === undefined ? "" : `\n       → ${advice}`}`;
}

async function examine(env: NodeJS.ProcessEnv, url: string | undefined): Promise<Finding[]> {
  let config: Config;
  try {
    config = loadConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // With wrong settings everything else would be looked for in the wrong place.
    return error.faults.map((found) => fault("settings", found, "see docs/configuration.md"));
  }
  const [{ findings: redisFindings, redis }, models, device, port] = await Promise.all([
    checkRedis(config),
    checkModels(config),
    checkDevice(config),
    checkPort(config, url),
  ]);
  try {
    const { set } = models;
    const needs = modelNames.flatMap((model) =>
      set === undefined ? [] : [{ model, bytes: peakRssBytes(set.models[model], config.modelConcurrency) }],
    );
    const keys = redisKeys(config.redisPrefix);
    const workers = redis === undefined ? [] : checkWorkers(await readWorkers(redis, keys));
    const history = redis === undefined ? [] : [await readHistory(redis, keys, Date.now() - deathsSinceMs, 1_000)];
    return [
      fine("settings", "all valid"),
      ...redisFindings,
      ...(redis === undefined ? [] : [await checkClock(redis)]),
      port,
      device,
      ...models.findings,
      ...(needs.length === 0 ? [] : [checkMemory(config, needs, totalmem())]),
      ...workers,
      ...history.map(({ events }) => checkDeaths(events)),
    ];
  } finally {
    redis?.disconnect();
  }
}
