import type { KeyRecord } from "@precis/contracts";
import { type KeyStore, remember, type SessionStore } from "@precis/keys";
import type { Context } from "hono";
import { getCookie } from "hono/cookie";
import type { Caller } from "./caller.js";

/** A key that was revoked, and a first key that was made, take effect within these times. */
const rememberKeyMs = 3_000;
const rememberCountMs = 1_000;

/** Finds out who sends a request. */
export interface CallerFinder {
  /** Keys there are, read at most once a second. */
  keyCount(): Promise<number>;
  /** The caller behind the key or session of a request; `undefined` when it has none or one that is not valid. */
  find(c: Context): Promise<Caller | undefined>;
  findByKey(key: string): Promise<Caller | undefined>;
  /** The session is over now, not only after the time it is remembered for. */
  forgetSession(session: string): void;
}

export const sessionCookie = "precis_session";

/** The key a request carries in a header, where only a program can put it. */
export function keyInHeader(c: Context): string | undefined {
  return keyIn(c.req.header("authorization"), c.req.header("x-api-key"));
}

/** The key in the values of `Authorization` and `X-API-Key`. */
export function keyIn(authorization: string | undefined, apiKey: string | undefined): string | undefined {
  return (authorization === undefined ? undefined : /^Bearer +(\S+)$/i.exec(authorization)?.[1]) ?? apiKey;
}

export function createCallerFinder(store: KeyStore, sessions: SessionStore): CallerFinder {
  const knownKeys = rememberCallers(store.verify);
  const knownSessions = rememberCallers(sessions.find);
  const count = remember(() => store.count(), { ms: rememberCountMs, most: 1 });
  return {
    keyCount: async () => (await count.get("")) ?? 0,
    findByKey: knownKeys.get,
    find: async (c) => {
      const key = keyInHeader(c);
      if (key !== undefined) return knownKeys.get(key);
      const session = getCookie(c, sessionCookie);
      return session === undefined ? undefined : knownSessions.get(session);
    },
    forgetSession: (session) => knownSessions.forget(session),
  };
}

function rememberCallers(look: (secret: string) => Promise<KeyRecord | undefined>) {
  return remember(
    async (secret: string): Promise<Caller | undefined> => {
      const record = await look(secret);
      return record && { role: record.role, owner: record.owner, prefix: record.prefix };
    },
    { ms: rememberKeyMs, most: 10_000 },
  );
}
