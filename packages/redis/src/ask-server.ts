import { Redis } from "ioredis";
import { addressOf } from "./address.js";

/** What a server says to a PING. */
export type ServerAnswer =
  | { state: "ready" }
  /** It reads its data from disk; `bytes` grows while it makes progress. */
  | { state: "loading"; percent: number | undefined; bytes: number }
  | { state: "silent"; reason: string };

export interface AskOptions {
  /** How long the answer may take once it is connected. */
  withinMs?: number;
  /** Asks no longer when it aborts: the answer is then "silent". */
  signal?: AbortSignal | undefined;
}

/** Asks a server once, by a connection of its own. */
export async function askServer(url: string, { withinMs = 2_000, signal }: AskOptions = {}): Promise<ServerAnswer> {
  const redis = new Redis({
    ...addressOf(url),
    connectTimeout: 2_000,
    maxRetriesPerRequest: 0,
    commandTimeout: withinMs,
    // ioredis would wait for the end of loading by itself, and say nothing.
    enableReadyCheck: false,
    retryStrategy: () => null,
    lazyConnect: true,
  });
  let connectionError: string | undefined;
  redis.on("error", (error) => {
    connectionError = error.message;
  });
  const abort = () => redis.disconnect();
  signal?.addEventListener("abort", abort, { once: true });
  try {
    await redis.connect();
    await redis.ping();
    return { state: "ready" };
  } catch (error) {
    const { message } = error as Error;
    if (!message.startsWith("LOADING")) return { state: "silent", reason: connectionError ?? message };
    const info = await redis.info("persistence").catch(() => "");
    const field = (name: string) => new RegExp(`^${name}:([\\d.]+)`, "m").exec(info)?.[1];
    const percent = field("loading_loaded_perc");
    return {
      state: "loading",
      percent: percent === undefined ? undefined : Number(percent),
      bytes: Number(field("loading_loaded_bytes") ?? 0),
    };
  } finally {
    signal?.removeEventListener("abort", abort);
    redis.disconnect();
  }
}

/** Whether a server takes commands now; one that has not answered within a second does not. */
export async function isServerReady(url: string): Promise<boolean> {
  return (await askServer(url, { withinMs: 1_000 })).state === "ready";
}
