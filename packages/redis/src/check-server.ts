import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import { addressOf, withoutPassword } from "./address.js";
import { explainFailure } from "./start-check/explain-failure.js";
import { openProbe } from "./start-check/open-probe.js";
import { describeDeniedCommands, describeReplica, findMissingRights } from "./start-check/probe-rights.js";
import { readHello, readInfo, type ServerFacts } from "./start-check/server-facts.js";
import { type ServerProblem, ServerProblemsError } from "./start-check/server-problem.js";

export interface CheckOptions {
  /** `REDIS_PREFIX`: whose keys and channels must be allowed. Without it rights are not looked at. */
  prefix?: string;
  /** Called when a server is waited for that is loading its data, at first and every ten seconds. */
  onProgress?: (message: string) => void;
}

/** What was found out about a server; the facts are missing when it could not be asked. */
export interface ServerReport {
  facts?: ServerFacts;
  problems: ServerProblem[];
}

const minVersion = [6, 2] as const;
const loadingPollMs = 500;
const loadingReportMs = 10_000;

/**
 * The check every process makes at its start. Waits as long as the server is loading its data.
 *
 * @throws {ServerProblemsError} with one sentence for each thing that keeps Precis from using this server
 */
export async function checkServer(url: string, options: CheckOptions = {}): Promise<ServerFacts> {
  let reportedAt = Number.NEGATIVE_INFINITY;
  while (true) {
    const { facts, problems } = await findServerProblems(url, options);
    if (facts?.loadedPercent === undefined) {
      if (problems.length > 0 || facts === undefined) throw new ServerProblemsError(problems);
      return facts;
    }
    if (Date.now() - reportedAt >= loadingReportMs) {
      reportedAt = Date.now();
      const progress = `${facts.loadedPercent} % done`;
      options.onProgress?.(`Redis at ${withoutPassword(url)} is loading its data (${progress}); waiting for it`);
    }
    await sleep(loadingPollMs);
  }
}

/**
 * Looks at everything that can be wrong with a server at once: whether it can be reached and logged in to, what it is,
 * its version and policy, the database, and the user's rights. Changes nothing there.
 */
export async function findServerProblems(url: string, { prefix }: CheckOptions = {}): Promise<ServerReport> {
  const opened: Redis[] = [];
  const open = async () => {
    const redis = await openProbe(url);
    opened.push(redis);
    return redis;
  };
  try {
    return await inspect(url, prefix, open);
  } catch (error) {
    return { problems: [explainFailure(error, url)] };
  } finally {
    for (const redis of opened) redis.disconnect();
  }
}

async function inspect(url: string, prefix: string | undefined, open: () => Promise<Redis>): Promise<ServerReport> {
  const redis = await open();
  const server = `Redis at ${withoutPassword(url)}`;
  const { facts, infoError } = await readFacts(redis);
  // Neither has what everything else is about.
  const unsupported = describeMode(facts, server);
  if (unsupported !== undefined) return { facts, problems: [unsupported] };
  if (facts.loadedPercent !== undefined) {
    const found = `${server} is still loading its data (${facts.loadedPercent} % done)`;
    return { facts, problems: [{ found, advice: "wait until it has" }] };
  }
  const problems = describeFacts(facts, server);
  const user = addressOf(url).username ?? "default";
  const denied = new Set<string>();
  if (infoError?.message.startsWith("NOPERM")) denied.add("info");
  const database = await findDatabaseProblem(redis, url, server, denied);
  if (database !== undefined) problems.push(database);
  const found =
    prefix === undefined
      ? describeDeniedCommands(denied, server, user)
      : await findMissingRights(redis, await open(), { url, server, user, prefix, denied });
  // Problems that the facts already name are not repeated.
  problems.push(...found.filter((one) => !problems.some((other) => other.found === one.found)));
  return { facts, problems };
}

/** From `INFO`; for a user without the right to it, what other commands say. */
async function readFacts(redis: Redis): Promise<{ facts: ServerFacts; infoError?: Error }> {
  try {
    return { facts: readInfo(String(await redis.call("INFO"))) };
  } catch (error) {
    const { message } = error as Error;
    if (message.startsWith("LOADING")) return { facts: { ...readInfo(""), loadedPercent: 0 } };
    if (!/^NOPERM|^ERR unknown command/.test(message)) throw error;
    const [hello, policy] = await Promise.all([
      redis.call("HELLO").catch(() => undefined),
      redis.call("CONFIG", "GET", "maxmemory-policy").catch(() => undefined),
    ]);
    const maxmemoryPolicy = Array.isArray(policy) ? String(policy[1] ?? "") : "";
    return { facts: { ...readInfo(""), ...readHello(hello), maxmemoryPolicy }, infoError: error as Error };
  }
}

function describeMode({ mode }: ServerFacts, server: string): ServerProblem | undefined {
  if (mode === "sentinel") {
    return {
      found: `${server} is a Sentinel, which is not supported yet`,
      advice: "give the address of the primary itself in REDIS_URL (from SENTINEL GET-MASTER-ADDR-BY-NAME)",
    };
  }
  if (mode === "cluster") {
    return {
      found: `${server} is a node of a Redis Cluster, which is not supported yet`,
      advice: "use a Redis that is not part of a Cluster (cluster-enabled no)",
    };
  }
  return undefined;
}

function describeFacts(facts: ServerFacts, server: string): ServerProblem[] {
  const problems: ServerProblem[] = [];
  const [major = 0, minor = 0] = facts.version.split(".").map(Number);
  const isOld = major < minVersion[0] || (major === minVersion[0] && minor < minVersion[1]);
  if (facts.version !== "" && isOld) {
    problems.push({
      found: `${server} is version ${facts.version}, and Precis needs 6.2 or later`,
      advice: "upgrade it, or unset REDIS_URL and let `npm start` start a private one",
    });
  }
  if (!["", "noeviction"].includes(facts.maxmemoryPolicy)) {
    problems.push({
      found: `${server} has the maxmemory-policy ${facts.maxmemoryPolicy}, which can evict queued jobs`,
      advice: "run there: CONFIG SET maxmemory-policy noeviction, and set the same in its configuration file",
    });
  }
  if (facts.replicaOf !== undefined) problems.push(describeReplica(server, facts.replicaOf));
  return problems;
}

/** The database cannot be looked up: Redis says no more than that there is none. */
async function findDatabaseProblem(
  redis: Redis,
  url: string,
  server: string,
  denied: Set<string>,
): Promise<ServerProblem | undefined> {
  const { db = 0 } = addressOf(url);
  try {
    await redis.call("SELECT", db);
    return undefined;
  } catch (error) {
    const { message } = error as Error;
    if (message.startsWith("NOPERM")) {
      // Database 0 is where every connection begins.
      if (db !== 0) denied.add("select");
      return undefined;
    }
    if (!/index/i.test(message)) return explainFailure(error, url);
    const reply = await redis.call("CONFIG", "GET", "databases").catch(() => undefined);
    const count = Array.isArray(reply) ? Number(reply[1]) : Number.NaN;
    const known = Number.isInteger(count) ? `: it has ${count}, from 0 to ${count - 1}` : "";
    return { found: `${server} has no database ${db}${known}`, advice: "correct the database in REDIS_URL" };
  }
}
