import { createScript, type Keys, type Redis } from "@precis/redis";
import type { NewJob } from "./new-job.js";

/** A text and its index entries are written at most this long before their job. */
export const maxAddDelayMs = 5_000;

/**
 * KEYS: text, jobs, expiries, deadlines; ARGV: id, text, ms to keep the text, when to check whether the job has expired, when it
 * must have started or "".
 */
const store = createScript(`
redis.call("SET", KEYS[1], ARGV[2], "PX", ARGV[3])
redis.call("ZADD", KEYS[2], 0, ARGV[1])
redis.call("ZADD", KEYS[3], ARGV[4], ARGV[1])
if ARGV[5] ~= "" then redis.call("ZADD", KEYS[4], ARGV[5], ARGV[1]) end`);

/**
 * Stores what a job needs before it exists: its text, and its entries in the three indexes.
 *
 * If the job is never written, the text still goes: the sweep finds its entry once the result TTL is over and deletes what
 * belongs to it, and the key itself expires after `textTtlMs`. A shorter first expiry, extended once the job exists, would
 * cost every submission one more command and could lose the text of an accepted job: an API that dies between the two would
 * leave a job whose text expires while it waits.
 */
export async function storeText(
  redis: Redis,
  keys: Keys,
  { id, data, text }: NewJob,
  textTtlMs: number,
): Promise<void> {
  // Not before the job is there: the sweep takes an entry without a job for one whose job was never written.
  const checkAt = Date.now() + Math.max(data.resultTtlSeconds * 1_000, maxAddDelayMs);
  const touched = [keys.text(id), keys.jobs, keys.expiries, keys.deadlines];
  await store(redis, touched, [id, text, textTtlMs, checkAt, data.startBy ?? ""]);
}
