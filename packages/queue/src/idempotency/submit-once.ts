import { createHash } from "node:crypto";
import { createScript, type Keys, type Redis } from "@precis/redis";

/** The Idempotency-Key of a request. */
export interface Once {
  /** Unique per owner, where callers have API keys. */
  key: string;
  /** Hash of the request: the same key with another request is a conflict. */
  fingerprint: string;
}

export type OnceOutcome<Id> =
  /** Accepted now (`replayed: false`) or by an earlier request. */
  { id: Id; replayed: boolean } | "conflict";

const ttlSeconds = 86_400;

/** KEYS: record; ARGV: fingerprint, id to reserve, seconds. Returns the existing record, or nothing when it was reserved now. */
const reserve = createScript(`
local record = redis.call("GET", KEYS[1])
if record then return record end
redis.call("SET", KEYS[1], ARGV[1] .. " " .. ARGV[2] .. " reserved", "EX", ARGV[3])
return false`);

/** Name of the record of a key: keys may contain anything, and need not be readable in Redis. */
function recordName(key: string): string {
  return createHash("sha256").update(key).digest("base64url");
}

/**
 * Writes something once per key. The id is reserved before anything is written, and the record says `accepted` only after
 * everything was. A request that finds a reservation, because the first request is not done yet or its process died, writes
 * the same job with the same id again, which changes nothing if it exists. So nothing accepted is lost, nothing is done
 * twice, and no record makes a caller wait for a job that never comes.
 *
 * @param write writes what has the given id; may be called twice for one id, even at the same time
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
  const found = (await reserve(redis, [record], [fingerprint, newId, ttlSeconds])) as string | null;
  const [foundFingerprint = fingerprint, id = newId, state = "reserved"] = found?.split(" ") ?? [];
  if (foundFingerprint !== fingerprint) return "conflict";
  if (state === "reserved") {
    await write(id, name);
    // Never an error: the job is accepted. A record that still says `reserved` only makes a repeat write again.
    redis.set(record, `${fingerprint} ${id} accepted`, "KEEPTTL", "XX").catch(() => {});
  }
  return { id, replayed: found !== null };
}
