import type { Redis } from "ioredis";
import { addressOf, withoutPassword } from "./address.js";
import { JoinedWritesRedis } from "./joined-writes.js";

export type { Redis };

/** The part of ioredis' options in use here, in a shape that BullMQ takes as well. */
export type ConnectionOptions = {
  host?: string;
  port?: number;
  path?: string;
  username?: string;
  password?: string;
  db?: number;
  tls?: object;
  connectTimeout: number;
  retryStrategy: (attempt: number) => number;
} & Waiting;

interface Waiting {
  enableOfflineQueue?: boolean;
  maxRetriesPerRequest: number | null;
  commandTimeout?: number;
}

/**
 * How a connection behaves while Redis is away.
 * - `request`: for work somebody waits for: fails at once while disconnected and after 800 ms without an answer.
 * - `background`: for workers: waits for Redis to come back, however long that takes.
 */
export type ConnectionRole = "request" | "background";

/**
 * ioredis options for a `redis://`, `rediss://` or `unix://` URL. Reconnects for ever, 50 ms to 2 s apart, so that a
 * restarted Redis is found again without a restart of ours.
 */
export function connectionOptions(url: string, role: ConnectionRole): ConnectionOptions {
  const waiting: Waiting =
    role === "request"
      ? { enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: 800 }
      : { maxRetriesPerRequest: null };
  return {
    ...addressOf(url),
    ...waiting,
    connectTimeout: 2_000,
    retryStrategy: (attempt) => Math.min(50 * attempt, 2_000),
  };
}

/**
 * Opens a connection and waits until it is usable.
 *
 * @throws when Redis cannot be reached within two seconds.
 */
export async function connect(url: string, role: ConnectionRole): Promise<Redis> {
  const redis = new JoinedWritesRedis({ ...connectionOptions(url, role), lazyConnect: true });
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
