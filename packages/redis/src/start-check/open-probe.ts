import { Redis } from "ioredis";
import { addressOf } from "../address.js";

/** How long a server may take to accept a connection, and to answer one command, in milliseconds. */
const connectTimeout = 2_000;
const commandTimeout = 5_000;

/**
 * Opens a connection and logs in, step by step and without a second try, so that each failure is its own: a connection
 * for use logs in by itself, warns on standard error, and counts as open although its database does not exist.
 *
 * @throws the error of the first step that failed
 */
export async function openProbe(url: string): Promise<Redis> {
  const { username, password, db: _, ...place } = addressOf(url);
  const redis = new Redis({
    ...place,
    lazyConnect: true,
    enableReadyCheck: false,
    disableClientInfo: true,
    // RESP2, which needs no HELLO.
    protocol: 2,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout,
    commandTimeout,
  });
  let reason: Error | undefined;
  redis.on("error", (error) => {
    reason ??= error;
  });
  try {
    await redis.connect();
    if (password !== undefined) await redis.call("AUTH", ...(username === undefined ? [] : [username]), password);
  } catch (error) {
    if (isPasswordNeedless(error)) return redis;
    redis.disconnect();
    // The error of the socket says more than that the connection is closed.
    throw reason ?? error;
  }
  return redis;
}

/** A server that asks for no password says so when it gets one; everything works all the same. */
function isPasswordNeedless(error: unknown): boolean {
  return /without any password configured|no password is set/.test((error as Error).message);
}
