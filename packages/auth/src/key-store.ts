import { type KeyRecord, type KeyRole, keyRecordSchema } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";
import { createApiKey, hashesEqual, hashSecret, prefixOf } from "./api-key.js";

/** API keys in Redis: one hash with a field for each key, by its prefix. */
export interface KeyStore {
  /** Creates a key. `token` is the whole key, which is not stored. The default owner is the prefix of the key. */
  create(options: { role: KeyRole; name: string; owner?: string }): Promise<{ token: string; record: KeyRecord }>;
  /** Every key, oldest first. */
  list(): Promise<KeyRecord[]>;
  /** Deletes the key with this prefix; `false` when there is none. */
  revoke(prefix: string): Promise<boolean>;
  count(): Promise<number>;
  /** The record of a key, or `undefined` for an unknown or revoked one. */
  verify(token: string): Promise<KeyRecord | undefined>;
  /** The record with this prefix, for sessions that were opened with a key. */
  find(prefix: string): Promise<KeyRecord | undefined>;
}

export function openKeyStore(redis: Redis, keys: Keys): KeyStore {
  const find = async (prefix: string): Promise<KeyRecord | undefined> => {
    const stored = await redis.hget(keys.apiKeys, prefix);
    return stored === null ? undefined : keyRecordSchema.parse(JSON.parse(stored));
  };
  return {
    create: async ({ role, name, owner }) => {
      const { token, prefix } = createApiKey();
      const record: KeyRecord = {
        prefix,
        hash: hashSecret(token),
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
      return record !== undefined && hashesEqual(record.hash, hashSecret(token)) ? record : undefined;
    },
    find,
  };
}
