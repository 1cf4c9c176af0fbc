import { createHash } from "node:crypto";
import { createScript, type Keys, type Redis } from "@precis/redis";

/** What a caller says with an Idempotency-Key. */
export interface Once {
  /** The key; with whose key it is, where callers are told apart. */
  key: string;
  /** Hash of what is asked for: the same key with another one is a mistake. */
  fingerprint: string;
}

export type OnceOutcome<Id> =
  /** Accepted now (`replayed: false`) or by an earlier request. */
  { id: Id; replayed: boolean } | "conflict";

const keptSeconds = 86_400;

/** KEYS: record; ARGV: fingerprint, id to reserve, seconds. Returns the record there was, or nothing: it is reserved. */
const reserve = createScript(`
local record = redis.call("GET", KEYS[1])
if record then return record end
redis.call("SET", KEYS[1], ARGV[1] .. " " .. ARGV[2] .. " reserved", "EX", ARGV[3])
return false`);

/** Name of the record of a key: keys may hold anything, and need not be readable in Redis. */
function recordName(key: string): string {
  return createHash("sha256").update(key).digest("base64url");
}

/**
 * Does something once per key. The id is reserved before anything is written and the record says `accepted` only when all
 * is: whoever finds a mere reservation, because its request is still on its way or its process died, writes the same job
 * under the same id once more, which changes nothing if it is there already. So nothing accepted is lost, and nothing
 * is done twice.
 *
 * @param write writes what has the given id; must bear being called twice for one id
 */
export async function once(
  redis: Redis,
  keys: Keys,
  { key, fingerprint }: Once,
  newId: string,
  write: (id: string, record: string) => Promise<void>,
): Promise<OnceOutcome<string>> {
  const name = recordName(key);
  const record = keys.idempotency(name);
  const found = (await reserve(redis, [record], [fingerprint, newId, keptSeconds])) as string | null;
  const [foundFingerprint = fingerprint, id = newId, state = "reserved"] = found?.split(" ") ?? [];
  if (foundFingerprint !== fingerprint) return "conflict";
  if (state === "reserved") {
    await write(id, name);
    // Never an error: the work is accepted. A record that still says `reserved` only makes a repeat write again.
    redis.set(record, `${fingerprint} ${id} accepted`, "KEEPTTL", "XX").catch(() => {});
  }
  return { id, replayed: found !== null };
}
