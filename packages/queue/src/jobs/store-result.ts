import { type JobResult, jobResultSchema } from "@precis/contracts";
import { createScript, type Keys, type Redis } from "@precis/redis";

/**
 * KEYS: cancelled mark, result, text; ARGV: result (JSON), seconds to keep it. Returns 0 when the job was cancelled.
 * One script, so that a job is either cancelled or has its result, whichever came first.
 */
const store = createScript(`
if redis.call("EXISTS", KEYS[1]) == 1 then return 0 end
redis.call("SET", KEYS[2], ARGV[1], "EX", ARGV[2])
redis.call("EXPIRE", KEYS[3], ARGV[2])
return 1`);

/** Stores the result of a job unless the job was cancelled in the meantime; returns whether it was stored. */
export async function storeResult(
  redis: Redis,
  keys: Keys,
  id: string,
  result: JobResult,
  ttlSeconds: number,
): Promise<boolean> {
  const touched = [keys.cancelled(id), keys.result(id), keys.text(id)];
  return (await store(redis, touched, [JSON.stringify(result), ttlSeconds])) === 1;
}

/** The stored result of a job, if there is one. */
export async function readResult(redis: Redis, keys: Keys, id: string): Promise<JobResult | undefined> {
  const stored = await redis.get(keys.result(id));
  return stored === null ? undefined : jobResultSchema.parse(JSON.parse(stored));
}
