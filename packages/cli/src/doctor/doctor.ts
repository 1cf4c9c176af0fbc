import { totalmem } from "node:os";
import { type Config, ConfigError, loadConfig, loadSettings } from "@precis/config";
import { findHttpAddressIssue, modelNames, parseRedisAddress, redactAddresses } from "@precis/contracts";
import { readHistory, readWorkers } from "@precis/control";
import { peakRssBytes } from "@precis/models";
import { describeRights, type Redis, redisKeys } from "@precis/redis";
import { checkClock } from "./check-clock.js";
import { checkDeaths, deathsSinceMs } from "./check-deaths.js";
import { checkDevice, checkMemory, checkModels } from "./check-models.js";
import { checkPort } from "./check-port.js";
import { checkQueues } from "./check-queues.js";
import { checkRedis } from "./check-redis.js";
import { checkWorkers } from "./check-workers.js";
import { type Finding, failed, passed } from "./finding.js";

interface DoctorOptions {
  url?: string;
  acl?: boolean;
  json?: boolean;
}

/**
 * `precis doctor`: looks at everything that can be wrong and says what to do; 0 only when nothing is. With `--acl` it prints
 * the line that makes the Redis user with the least rights instead.
 */
export async function doctor(options: DoctorOptions, env: NodeJS.ProcessEnv): Promise<number> {
  if (options.acl) return printRights(env);
  const findings = (await examine(env, options.url)).map(withoutSecrets);
  const ok = findings.every((finding) => finding.ok);
  console.log(options.json ? JSON.stringify({ ok, findings }, null, 2) : findings.map(line).join("\n"));
  if (!options.json) {
    const failures = findings.filter((finding) => !finding.ok).length;
    console.log(ok ? "\nAll is well." : `\n${failures} thing${failures === 1 ? " is" : "s are"} wrong.`);
  }
  return ok ? 0 : 1;
}

function line({ check, ok, found, advice }: Finding): string {
  return `${ok ? "ok   " : "WRONG"}  ${check}: ${found}${advice === undefined ? "" : `\n       → ${advice}`}`;
}

/** The line alone goes to standard output, so that it can be piped into `redis-cli`. */
function printRights(env: NodeJS.ProcessEnv): number {
  const { redisUrl, redisPrefix } = loadSettings(env, ["redisUrl", "redisPrefix"]);
  const address = parseRedisAddress(redisUrl ?? "redis://127.0.0.1");
  const given = "issue" in address ? undefined : address.userName;
  // Taking rights away from the default user would lock everybody else out.
  console.log(describeRights(redisPrefix, given === "default" ? undefined : given));
  console.error(
    "Replace PASSWORD, run the line in redis-cli as an administrator, and put user and password into REDIS_URL.",
  );
  return 0;
}

/** Errors of libraries repeat addresses as they were given. */
function withoutSecrets(finding: Finding): Finding {
  return {
    ...finding,
    found: redactAddresses(finding.found),
    ...(finding.advice === undefined ? {} : { advice: redactAddresses(finding.advice) }),
  };
}

async function examine(env: NodeJS.ProcessEnv, url: string | undefined): Promise<Finding[]> {
  let config: Config;
  try {
    config = loadConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // With wrong settings everything else would be looked for in the wrong place.
    return error.issues.map((found) => failed("settings", found, "see docs/reference/configuration.md"));
  }
  const issue =
    url === undefined ? undefined : findHttpAddressIssue(url, { credentials: "give the API key with --key" });
  if (issue !== undefined) return [failed("settings", `--url ${issue}`, "see docs/reference/cli.md")];
  const [{ findings: redisFindings, redis }, models, device, port] = await Promise.all([
    checkRedis(config),
    checkModels(config),
    checkDevice(config),
    checkPort(config, url ?? config.apiUrl),
  ]);
  try {
    const { set } = models;
    const needs = modelNames.flatMap((model) =>
      set === undefined ? [] : [{ model, bytes: peakRssBytes(set.models[model], config.modelConcurrency) }],
    );
    const workers = redis === undefined ? [] : await findWorkers(redis, config, redisFindings);
    return [
      passed("settings", "all valid"),
      ...redisFindings,
      ...(redis === undefined ? [] : [await checkClock(redis)]),
      port,
      device,
      ...models.findings,
      ...(needs.length === 0 ? [] : [checkMemory(config, needs, totalmem())]),
      ...workers,
    ];
  } finally {
    redis?.disconnect();
  }
}

/** Nothing where Redis cannot be asked for them and its own findings say why. */
async function findWorkers(redis: Redis, config: Config, redisFindings: readonly Finding[]): Promise<Finding[]> {
  const keys = redisKeys(config.redisPrefix, redis.options.db);
  try {
    const workers = await readWorkers(redis, keys);
    const { events } = await readHistory(redis, keys, Date.now() - deathsSinceMs, 1_000);
    return [...(await checkQueues(redis, keys)), ...checkWorkers(workers), checkDeaths(events)];
  } catch (error) {
    if (redisFindings.some(({ ok }) => !ok)) return [];
    return [
      failed(
        "workers",
        `their telemetry cannot be read: ${(error as Error).message}`,
        "try again, and look at the log of Redis",
      ),
    ];
  }
}
