import type { KeyRecord } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";
import type { KeyStore } from "./key-store.js";
import { hashToken, newSessionToken } from "./token.js";

/** Browser sessions: opened with a key, and worth no more than it; revoking the key ends them. */
export interface SessionStore {
  /** The secret for the cookie; Redis holds its hash only. */
  open(prefix: string): Promise<string>;
  /** The record of the key the session was opened with, while both exist. */
  find(session: string): Promise<KeyRecord | undefined>;
  close(session: string): Promise<void>;
}

/** How long a session lasts, in seconds. */
export const sessionSeconds = 12 * 3_600;

export function openSessionStore(redis: Redis, keys: Keys, store: KeyStore): SessionStore {
  const key = (session: string) => keys.session(hashToken(session));
  return {
    open: async (prefix) => {
      const session = newSessionToken();
      await redis.set(key(session), prefix, "EX", sessionSeconds);
      return session;
    },
    find: async (session) => {
      const prefix = await redis.get(key(session));
      return prefix === null ? undefined : store.find(prefix);
    },
    close: async (session) => {
      await redis.del(key(session));
    },
  };
}
