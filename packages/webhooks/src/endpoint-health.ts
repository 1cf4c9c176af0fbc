import { createHash } from "node:crypto";
import type { EndpointHealth } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";

export interface EndpointHealthLimits {
  /** Failures in a row … */
  failures: number;
  /** … over at least this long, after which an endpoint is paused. */
  afterMs: number;
  /** How often a paused endpoint is tried. */
  probeEveryMs: number;
}

/** What all workers together know of one endpoint: an origin and a path. */
export interface EndpointTracker {
  read(): Promise<EndpointHealth>;
  /**
   * Whether a delivery may be tried now. On a paused endpoint one caller gets the probe when it is due; the others are
   * told when the next one is (Unix ms).
   */
  admit(): Promise<{ admitted: true } | { admitted: false; nextProbeAt: number }>;
  /** Notes a failure; `paused` when this one paused the endpoint. */
  fail(): Promise<"failing" | "paused">;
  /** Notes a success; `resumed` when the endpoint had been paused. */
  succeed(): Promise<"active" | "resumed">;
}

/** An endpoint nobody has called for this long is forgotten. */
const forgetSeconds = 48 * 3_600;

export function endpointHealth(redis: Redis, keys: Keys, url: string, limits: EndpointHealthLimits): EndpointTracker {
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
      // Of all the workers that find the probe due one gets it. Its lock ends by itself if that worker dies.
      const lockMs = Math.max(1, limits.probeEveryMs);
      if ((await redis.set(`${key}:probe`, "1", "PX", lockMs, "NX")) !== null) return { admitted: true };
      return { admitted: false, nextProbeAt: now + limits.probeEveryMs };
    },
    fail: async () => {
      const now = Date.now();
      const replies = await redis
        .multi()
        .hincrby(key, "failures", 1)
        .hsetnx(key, "since", now)
        .hmget(key, "since", "probeAt")
        .expire(key, forgetSeconds)
        .exec();
      const failures = Number(replies?.[0]?.[1]);
      const [since, probeAt] = (replies?.[2]?.[1] ?? []) as (string | null)[];
      const due = failures >= limits.failures && now - Number(since ?? now) >= limits.afterMs;
      if (probeAt == null && !due) return "failing";
      await redis.hset(key, "probeAt", now + limits.probeEveryMs);
      return probeAt == null ? "paused" : "failing";
    },
    succeed: async () => {
      const replies = await redis.multi().hexists(key, "probeAt").del(key, `${key}:probe`).exec();
      return replies?.[0]?.[1] === 1 ? "resumed" : "active";
    },
  };
}
