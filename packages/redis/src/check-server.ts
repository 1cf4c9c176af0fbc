import type { Redis } from "./connection.js";

/** What a Redis says about itself, as far as Precis depends on it. */
export interface ServerFacts {
  product: "Redis" | "Valkey";
  /** Redis version it is compatible with, as `major.minor.patch`. */
  version: string;
  maxmemoryPolicy: string;
  appendOnly: boolean;
  usedMemoryBytes: number;
  /** 0 when unlimited. */
  maxmemoryBytes: number;
}

const leastVersion = [6, 2] as const;

/** Reads the facts from `INFO`, which needs no more than read permission. */
export async function inspectServer(redis: Redis): Promise<ServerFacts> {
  const info = await redis.info();
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1] ?? "";
  return {
    product: field("server_name") === "valkey" ? "Valkey" : "Redis",
    version: field("redis_version"),
    maxmemoryPolicy: field("maxmemory_policy"),
    appendOnly: field("aof_enabled") === "1",
    usedMemoryBytes: Number(field("used_memory")),
    maxmemoryBytes: Number(field("maxmemory")),
  };
}

/**
 * Refuses a server on which jobs could be lost.
 *
 * @throws when the version is below 6.2 or keys may be evicted, saying what was found and what to do.
 */
export function assertUsable(facts: ServerFacts, shownUrl: string): void {
  const [major = 0, minor = 0] = facts.version.split(".").map(Number);
  if (major < leastVersion[0] || (major === leastVersion[0] && minor < leastVersion[1])) {
    throw new Error(
      `${facts.product} at ${shownUrl} is version ${facts.version || "unknown"}; Precis needs 6.2 or later. Upgrade it, or unset REDIS_URL to let Precis start its own.`,
    );
  }
  if (facts.maxmemoryPolicy !== "noeviction") {
    throw new Error(
      `${facts.product} at ${shownUrl} has maxmemory-policy ${facts.maxmemoryPolicy}, which may throw queued jobs away; Precis needs noeviction. Run: redis-cli -u ${shownUrl} CONFIG SET maxmemory-policy noeviction`,
    );
  }
}
