import { createHash } from "node:crypto";
import type { EndpointHealth } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";

/** When an endpoint is paused, and how often a paused one is probed. */
export interface EndpointHealthLimits {
  /** Failures in a row … */
  failures: number;
  /** … over at least this time, after which an endpoint is paused. */
  afterMs: number;
  /** Time between two probes of a paused endpoint. */
  probeEveryMs: number;
}

/** The health of one endpoint (origin and path), shared by all workers through Redis. */
export interface EndpointTracker {
  read(): Promise<EndpointHealth>;
  /**
   * Decides whether an attempt may be made now. On a paused endpoint a single caller is admitted when a probe is due; the
   * others get the time of the next probe (Unix ms).
   */
  admit(): Promise<{ admitted: true } | { admitted: false; nextProbeAt: number }>;
  /** Records a failure; returns `paused` if this one paused the endpoint. */
  recordFailure(): Promise<"failing" | "paused">;
  /** Records a success; returns `resumed` if the endpoint was paused. */
  recordSuccess(): Promise<"active" | "resumed">;
}

/** The health of an endpoint expires this long after its last failure. */
const healthTtlSeconds = 48 * 3_600;

/** Opens the health of the endpoint with this URL. */
export function trackEndpoint(redis: Redis, keys: Keys, url: string, limits: EndpointHealthLimits): EndpointTracker {
  const { origin, pathname } = new URL(url);
  const key = keys.webhookEndpoint(createHash("sha256").update(`${origin}${pathname}`).digest("hex").slice(0, 32));
  const load = async () => {
    const [failures, since, probeAt] = await redis.hmget(key, "failures", "since", "probeAt");
    return {
      failures: Number(failures ?? 0),
      ...(since == null ? {} : { since: Number(since) }),
      ...(probeAt == null ? {} : { probeAt: Number(probeAt) }),
    };
  };
  return {
    read: async () => {
      const { failures, since, probeAt } = await load();
      return {
        state: probeAt === undefined ? "active" : "paused",
        consecutive_failures: failures,
        ...(since === undefined ? {} : { failing_since: new Date(since).toISOString() }),
        ...(probeAt === undefined ? {} : { next_probe_at: new Date(probeAt).toISOString() }),
      };
    },
    admit: async () => {
      const { probeAt } = await load();
      const now = Date.now();
      if (probeAt === undefined) return { admitted: true };
      if (probeAt > now) return { admitted: false, nextProbeAt: probeAt };
      // Of all workers that find a probe due, one gets this lock. It expires by itself in case that worker dies.
      const lockMs = Math.max(1, limits.probeEveryMs);
      if ((await redis.set(`${key}:probe`, "1", "PX", lockMs, "NX")) !== null) return { admitted: true };
      return { admitted: false, nextProbeAt: now + limits.probeEveryMs };
    },
    recordFailure: async () => {
      const now = Date.now();
      const replies = await redis
        .multi()
        .hincrby(key, "failures", 1)
        .hsetnx(key, "since", now)
        .hmget(key, "since", "probeAt")
        .expire(key, healthTtlSeconds)
        .exec();
      const failures = Number(replies?.[0]?.[1]);
      const [since, probeAt] = (replies?.[2]?.[1] ?? []) as (string | null)[];
      const isPauseDue = failures >= limits.failures && now - Number(since ?? now) >= limits.afterMs;
      if (probeAt == null && !isPauseDue) return "failing";
      await redis.hset(key, "probeAt", now + limits.probeEveryMs);
      return probeAt == null ? "paused" : "failing";
    },
    recordSuccess: async () => {
      const replies = await redis.multi().hexists(key, "probeAt").del(key, `${key}:probe`).exec();
      return replies?.[0]?.[1] === 1 ? "resumed" : "active";
    },
  };
}
