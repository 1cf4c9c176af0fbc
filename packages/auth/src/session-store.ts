import type { KeyRecord } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";
import { createSessionToken, hashSecret } from "./api-key.js";
import type { KeyStore } from "./key-store.js";

/** Browser sessions: opened with an API key, with the same role; revoking the key ends them. */
export interface SessionStore {
  /** Opens a session; returns the secret for the cookie. Redis stores only its hash. */
  open(prefix: string): Promise<string>;
  /** The record of the key the session was opened with, while session and key exist. */
  find(session: string): Promise<KeyRecord | undefined>;
  close(session: string): Promise<void>;
}

/** Lifetime of a session. */
export const sessionSeconds = 12 * 3_600;

export function openSessionStore(redis: Redis, keys: Keys, store: KeyStore): SessionStore {
  const key = (session: string) => keys.session(hashSecret(session));
  return {
    open: async (prefix) => {
      const session = createSessionToken();
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
