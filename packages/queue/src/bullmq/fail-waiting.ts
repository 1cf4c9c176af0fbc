import { randomUUID } from "node:crypto";
import type { PrecisError } from "@precis/contracts";
import { createScript, type Keys, type Redis } from "@precis/redis";
import { Job, type Queue, UnrecoverableError } from "bullmq";
import { summarizeQueueName } from "./queue-names.js";

export type EndOutcome = "ended" | "running" | "finished" | "missing";

/**
 * Claims a job that waits, as a worker would, so that BullMQ itself can then fail it, with everything that belongs to
 * that: events, retention, flow parents.
 *
 * KEYS: job, its lock, prioritized, delayed, wait, paused, active, its result, its cancelled mark.
 * ARGV: id, lock token, lock ms, ms to keep the mark; 0 to set none.
 * Returns `ended` (claimed), `running` (marked), `finished` (its result is stored, even if BullMQ does not know yet) or
 * `missing`.
 */
const claim = createScript(`
local job = redis.call("HMGET", KEYS[1], "data", "finishedOn")
if not job[1] then return "missing" end
if job[2] then return "finished" end
local id = ARGV[1]
if redis.call("ZREM", KEYS[3], id) + redis.call("ZREM", KEYS[4], id) > 0
    or redis.call("LREM", KEYS[5], 1, id) + redis.call("LREM", KEYS[6], 1, id) > 0 then
  redis.call("LPUSH", KEYS[7], id)
  redis.call("SET", KEYS[2], ARGV[2], "PX", ARGV[3])
  return "ended"
end
if redis.call("EXISTS", KEYS[8]) == 1 then return "finished" end
if ARGV[4] ~= "0" then redis.call("SET", KEYS[9], "", "PX", ARGV[4]) end
return "running"`);

/** Should this process die between claiming and failing, the job is found stalled and goes back to waiting. */
const claimMs = 10_000;

/**
 * Fails a job that waits for the given reason.
 *
 * @param markMs when the job runs already: for how long to mark it as cancelled; 0 leaves it alone
 */
export async function endWaiting(
  bull: Queue,
  redis: Redis,
  keys: Keys,
  id: string,
  reason: PrecisError,
  markMs: number,
): Promise<EndOutcome> {
  const queue = `${keys.prefix}:${summarizeQueueName}`;
  const token = randomUUID();
  const touched = [`${queue}:${id}`, `${queue}:${id}:lock`]
    .concat(["prioritized", "delayed", "wait", "paused", "active"].map((list) => `${queue}:${list}`))
    .concat(keys.result(id), keys.cancelled(id));
  const outcome = (await claim(redis, touched, [id, token, claimMs, markMs])) as EndOutcome;
  if (outcome === "ended") {
    const job = await Job.fromId(bull, id);
    await job?.moveToFailed(new UnrecoverableError(`${reason.code}: ${reason.message}`), token);
  }
  return outcome;
}
