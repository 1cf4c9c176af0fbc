import type { KeyStore, SessionStore } from "@precis/auth";
import type { KeyRecord } from "@precis/contracts";
import type { Context } from "hono";
import { getCookie } from "hono/cookie";
import { LRUCache } from "lru-cache";
import type { Caller } from "./caller.js";

/** A revoked key stops working, and the first key starts being required, within these times. */
const callerTtlMs = 3_000;
const keyCountTtlMs = 1_000;
const maxCallers = 10_000;

export const sessionCookie = "precis_session";

/** Finds out who sent a request. Redis is asked at most once per TTL and key, however many requests come at a time. */
export interface Authenticator {
  /** Number of API keys. */
  keyCount(): Promise<number>;
  /** The caller behind the API key or session of a request; `undefined` without a valid one. */
  authenticate(c: Context): Promise<Caller | undefined>;
  /** Whether a request has an API key or a session, valid or not. */
  hasCredentials(c: Context): boolean;
  /** Forgets a session at once instead of at the end of its TTL. */
  forgetSession(session: string): void;
}

/** The API key in a header, where only a program can put it. */
export function apiKeyOf(c: Context): string | undefined {
  const authorization = c.req.header("authorization");
  const bearer = authorization === undefined ? undefined : /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  return bearer ?? c.req.header("x-api-key");
}

export function createAuthenticator(store: KeyStore, sessions: SessionStore): Authenticator {
  const keyCounts = new LRUCache<"all", number>({ max: 1, ttl: keyCountTtlMs, fetchMethod: () => store.count() });
  const callersByKey = cacheCallers(store.verify);
  const callersBySession = cacheCallers(sessions.find);
  return {
    keyCount: async () => (await keyCounts.fetch("all")) ?? 0,
    authenticate: async (c) => {
      const key = apiKeyOf(c);
      if (key !== undefined) return (await callersByKey.fetch(key)) ?? undefined;
      const session = getCookie(c, sessionCookie);
      return session === undefined ? undefined : ((await callersBySession.fetch(session)) ?? undefined);
    },
    hasCredentials: (c) => (apiKeyOf(c) ?? getCookie(c, sessionCookie)) !== undefined,
    forgetSession: (session) => void callersBySession.delete(session),
  };
}

/** Caches valid callers only: what was not found is looked up again each time. */
function cacheCallers(find: (secret: string) => Promise<KeyRecord | undefined>): LRUCache<string, Caller> {
  return new LRUCache({
    max: maxCallers,
    ttl: callerTtlMs,
    // A lookup whose entry is deleted or evicted meanwhile still answers its waiters; its result is not cached.
    ignoreFetchAbort: true,
    fetchMethod: async (secret): Promise<Caller | undefined> => {
      const record = await find(secret);
      return record && { role: record.role, owner: record.owner, prefix: record.prefix };
    },
  });
}
