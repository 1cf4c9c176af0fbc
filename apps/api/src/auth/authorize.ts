import type { Config } from "@precis/config";
import { type KeyRole, PrecisError, roleAllows } from "@precis/contracts";
import type { Redis } from "@precis/redis";
import type { Caller } from "./caller.js";
import type { CallerFinder } from "./find-caller.js";
import { demandsKeys, isLoopback } from "./where-open.js";

/** What a request shows. */
export interface Showing {
  /** The role its path needs. */
  needed: KeyRole;
  /** In full: its host counts while there are no keys. */
  url: string;
  /** Looks for the caller behind its key or session. */
  find(): Promise<Caller | undefined>;
}

/** Who is let through, or why nobody is. */
export type Verdict = { caller: Caller } | { refused: "not-loopback" | "no-key" } | { refused: "role"; has: KeyRole };

/**
 * Decides who is let through.
 *
 * @throws {PrecisError} `redis_unavailable`
 */
export type Gate = (showing: Showing) => Promise<Verdict>;

const anybody: Verdict = { caller: { role: "admin" } };

export function createGate(config: Config, redis: Redis, callers: CallerFinder): Gate {
  const onLoopback = originCheck();
  return async ({ needed, url, find }) => {
    // Nothing behind this point works without Redis; asking it first would cost up to the command timeout.
    if (redis.status !== "ready") throw new PrecisError("redis_unavailable", "Redis is not connected");
    const keyCount = config.auth === "auto" ? await callers.keyCount() : 0;
    if (!demandsKeys(config, keyCount)) {
      // A page of another site could otherwise let its own name point to 127.0.0.1 and read the answers.
      return config.auth === "auto" && !onLoopback(url) ? { refused: "not-loopback" } : anybody;
    }
    const caller = await find();
    if (caller === undefined) return { refused: "no-key" };
    return roleAllows(caller.role, needed) ? { caller } : { refused: "role", has: caller.role };
  };
}

/** Whether a URL's host is this machine; one origin is remembered, since nearly all requests come to the same. */
function originCheck(): (url: string) => boolean {
  let known = "";
  let loopback = false;
  return (url) => {
    const origin = url.slice(0, url.indexOf("/", "https://".length));
    if (origin !== known) {
      loopback = isLoopback(new URL(url).hostname);
      known = origin;
    }
    return loopback;
  };
}
