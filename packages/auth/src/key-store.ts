import { type KeyRecord, type KeyRole, keyRecordSchema } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";
import { hashToken, newToken, prefixOf, sameHash } from "./token.js";

/** API keys in Redis: one hash, a field for each key by its prefix. */
export interface KeyStore {
  /** Makes a key. `token` is shown here and never again. The owner is the key's own prefix unless given. */
  create(wish: { role: KeyRole; name: string; owner?: string }): Promise<{ token: string; record: KeyRecord }>;
  /** Every key, oldest first. */
  list(): Promise<KeyRecord[]>;
  /** Whether there was a key with this prefix. */
  revoke(prefix: string): Promise<boolean>;
  count(): Promise<number>;
  /** The key's record, or `undefined` when it is not (or no longer) one of ours. */
  verify(token: string): Promise<KeyRecord | undefined>;
  /** The record of a prefix, for sessions that were opened with a key. */
  find(prefix: string): Promise<KeyRecord | undefined>;
}

export function openKeyStore(redis: Redis, keys: Keys): KeyStore {
  const find = async (prefix: string): Promise<KeyRecord | undefined> => {
    const stored = await redis.hget(keys.apiKeys, prefix);
    return stored === null ? undefined : keyRecordSchema.parse(JSON.parse(stored));
  };
  return {
    create: async ({ role, name, owner }) => {
      const { token, prefix } = newToken();
      const record: KeyRecord = {
        prefix,
        hash: hashToken(token),
        role,
        owner: owner ?? prefix,
        name,
        created_at: new Date().toISOString(),
      };
      await redis.hset(keys.apiKeys, prefix, JSON.stringify(record));
      return { token, record };
    },
    list: async () =>
      Object.values(await redis.hgetall(keys.apiKeys))
        .map((stored) => keyRecordSchema.parse(JSON.parse(stored)))
        .sort((a, b) => a.created_at.localeCompare(b.created_at)),
    revoke: async (prefix) => (await redis.hdel(keys.apiKeys, prefix)) === 1,
    count: () => redis.hlen(keys.apiKeys),
    verify: async (token) => {
      const prefix = prefixOf(token);
      const record = prefix === undefined ? undefined : await find(prefix);
      return record !== undefined && sameHash(record.hash, hashToken(token)) ? record : undefined;
    },
    find,
  };
}
