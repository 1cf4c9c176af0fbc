import type { Redis } from "ioredis";
import { addressOf, withoutPassword } from "./address.js";
import { type ConnectionGroup, type ConnectionNotice, LiveRedis } from "./live-redis.js";

export type { ConnectionNotice, Redis };

/**
 * How a connection behaves while Redis is away.
 * - `request`: for work somebody waits for: fails at once while disconnected and after 800 ms without an answer.
 * - `background`: for workers: waits for Redis to come back, however long that takes.
 */
export type ConnectionRole = "request" | "background";

/** Opens the connections of one process. When one of them turns out to lead to a replica, all are replaced. */
export interface Connections {
  /**
   * Opens a connection and waits until it is usable. Its name in `CLIENT LIST` and in the log is that of the process
   * followed by its own.
   *
   * @throws when Redis cannot be reached within two seconds.
   */
  open(name: string, role: ConnectionRole): Promise<Redis>;
}

export interface ConnectionsOptions {
  /** Begins the names of the connections: `precis:worker`. */
  process: string;
  /** Called when a connection is replaced because it was silent, or led to a replica. */
  onNotice(notice: ConnectionNotice): void;
}

/** @param url `redis://`, `rediss://` or `unix://` */
export function redisConnections(url: string, options: ConnectionsOptions): Connections {
  const group: ConnectionGroup = { members: new Set(), onNotice: options.onNotice };
  return { open: (name, role) => open(url, role, `${options.process}:${name}`, group) };
}

/** Opens one connection by itself, as tools and tests do. */
export function connect(url: string, role: ConnectionRole): Promise<Redis> {
  return open(url, role, "precis:tool", { members: new Set(), onNotice: () => {} });
}

async function open(url: string, role: ConnectionRole, connectionName: string, group: ConnectionGroup): Promise<Redis> {
  const redis = new LiveRedis({ ...addressOf(url), connectionName, lazyConnect: true }, role, group);
  let reason = "";
  // Without a listener ioredis prints every lost connection to stderr; whoever uses the connection sees the errors.
  redis.on("error", (error) => {
    reason = error.message || String((error as { code?: string }).code ?? error);
  });
  const deadline = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(reason || "no answer")), 2_000).unref();
  });
  try {
    await Promise.race([redis.connect(), deadline]);
  } catch (error) {
    redis.disconnect();
    throw new Error(`Redis at ${withoutPassword(url)} cannot be reached: ${reason || (error as Error).message}`);
  }
  return redis;
}
