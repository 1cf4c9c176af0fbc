import type { Config } from "@precis/config";
import {
  assertUsable,
  connect,
  inspectServer,
  type Redis,
  runningPrivateServer,
  type ServerFacts,
  withoutPassword,
} from "@precis/redis";
import { type Finding, fault, fine, mb } from "./finding.js";

/** Share of `maxmemory` from which Redis is about to refuse writes. */
const fullMark = 0.9;

/** The Redis of this installation, without starting one: reachable, new enough, safe for jobs. */
export async function checkRedis(config: Config): Promise<{ findings: Finding[]; redis?: Redis }> {
  const url = config.redisUrl ?? (await runningPrivateServer(config.home));
  if (url === undefined) {
    const advice = "`npm start` starts a private one; for another, set REDIS_URL";
    return { findings: [fault("redis", `REDIS_URL is not set and no private Redis runs in ${config.home}`, advice)] };
  }
  const shown = withoutPassword(url);
  let redis: Redis;
  try {
    redis = await connect(url, "request");
  } catch (error) {
    const advice = "start it, or correct REDIS_URL; a firewall or a wrong password look the same";
    return { findings: [fault("redis", (error as Error).message, advice)] };
  }
  return { findings: describeServer(await inspectServer(redis), shown), redis };
}

function describeServer(facts: ServerFacts, shownUrl: string): Finding[] {
  const findings: Finding[] = [];
  try {
    assertUsable(facts, shownUrl);
    findings.push(fine("redis", `${facts.product} ${facts.version} at ${shownUrl}, policy ${facts.maxmemoryPolicy}`));
  } catch (error) {
    const [found = "", ...advice] = (error as Error).message.split("; ");
    findings.push(fault("redis", found, advice.join("; ")));
  }
  findings.push(
    facts.appendOnly
      ? fine("persistence", "append-only file is on")
      : fault(
          "persistence",
          "append-only file is off: jobs accepted since the last snapshot are lost when Redis dies",
          `redis-cli -u ${shownUrl} CONFIG SET appendonly yes, and the same in its configuration file`,
        ),
  );
  const { usedMemoryBytes: used, maxmemoryBytes: most } = facts;
  const full = most > 0 && used >= most * fullMark;
  const found = `${mb(used)} used${most > 0 ? ` of ${mb(most)}` : ", no maxmemory"}`;
  findings.push(
    full
      ? fault("redis memory", found, "raise maxmemory, or shorten RESULT_TTL and TEXT_TTL; full, it accepts no jobs")
      : fine("redis memory", found),
  );
  return findings;
}
