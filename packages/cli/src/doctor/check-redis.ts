import type { Config } from "@precis/config";
import { omitUndefined } from "@precis/contracts";
import {
  connect,
  findServerProblems,
  type Redis,
  runningPrivateServer,
  type ServerFacts,
  withoutPassword,
} from "@precis/redis";
import { type Finding, failed, mb, passed } from "./finding.js";

/** Share of `maxmemory` from which Redis is about to refuse writes. */
const fullMark = 0.9;

/** The Redis of this installation, without starting one: everything the API and the workers check at their start. */
export async function checkRedis(config: Config): Promise<{ findings: Finding[]; redis?: Redis }> {
  const url = config.redisUrl ?? (await runningPrivateServer(config.home));
  if (url === undefined) {
    const advice = "`npm start` starts a private one; for another, set REDIS_URL";
    return { findings: [failed("redis", `REDIS_URL is not set and no private Redis runs in ${config.home}`, advice)] };
  }
  const shown = withoutPassword(url);
  const { facts, problems } = await findServerProblems(url, { prefix: config.redisPrefix });
  const findings = problems.map(({ found, advice }) => failed("redis", found, advice));
  if (facts === undefined) return { findings };
  if (problems.length === 0) {
    findings.push(passed("redis", `${facts.product} ${facts.version} at ${shown}, policy ${facts.maxmemoryPolicy}`));
  }
  // It does not let itself be asked, or is no Redis for jobs at all.
  if (facts.usedMemoryBytes === 0 || facts.mode !== "standalone") return { findings };
  findings.push(...describeStorage(facts, shown));
  const redis = await connectToDatabase(url).catch(() => undefined);
  return { findings, ...omitUndefined({ redis }) };
}

/** ioredis stays in database 0 when there is no such database, where other workers may be. */
async function connectToDatabase(url: string): Promise<Redis> {
  const redis = await connect(url, "request");
  const { db = 0 } = redis.options;
  if (db === 0) return redis;
  await redis.select(db).catch((error: unknown) => {
    redis.disconnect();
    throw error;
  });
  return redis;
}

function describeStorage(facts: ServerFacts, shownUrl: string): Finding[] {
  const { usedMemoryBytes: used, maxmemoryBytes: max } = facts;
  const isFull = max > 0 && used >= max * fullMark;
  const found = `${mb(used)} used${max > 0 ? ` of ${mb(max)}` : ", no maxmemory"}`;
  return [
    facts.appendOnly
      ? passed("persistence", "append-only file is on")
      : failed(
          "persistence",
          "append-only file is off: jobs accepted since the last snapshot are lost when Redis dies",
          `redis-cli -u ${shownUrl} CONFIG SET appendonly yes, and the same in its configuration file`,
        ),
    isFull
      ? failed("redis memory", found, "raise maxmemory, or shorten RESULT_TTL and TEXT_TTL; full, it accepts no jobs")
      : passed("redis memory", found),
  ];
}
