import { randomUUID } from "node:crypto";
import { createScript } from "@precis/redis";
import { Job, UnrecoverableError } from "bullmq";
import type { OpenQueue } from "./open-queue.js";

export type FailWaitingOutcome = "failed" | "running" | "finished" | "missing";

/**
 * Claims a waiting job as a worker would, so that BullMQ itself can then fail it, with its events, retention and flow parent.
 *
 * KEYS: job, lock, prioritized, delayed, wait, active, result of the job, its cancelled mark.
 * ARGV: id, lock token, lock ms, ms to keep the mark; 0 to set none.
 * Returns `failed` (claimed), `running` (marked), `finished` (its result is stored, even if BullMQ does not know yet) or
 * `missing`.
 */
const claim = createScript(`
local job = redis.call("HMGET", KEYS[1], "data", "finishedOn")
if not job[1] then return "missing" end
if job[2] then return "finished" end
local id = ARGV[1]
if redis.call("ZREM", KEYS[3], id) + redis.call("ZREM", KEYS[4], id) > 0
    or redis.call("LREM", KEYS[5], 1, id) > 0 then
  redis.call("LPUSH", KEYS[6], id)
  redis.call("SET", KEYS[2], ARGV[2], "PX", ARGV[3])
  return "failed"
end
if redis.call("EXISTS", KEYS[7]) == 1 then return "finished" end
if ARGV[4] ~= "0" then redis.call("SET", KEYS[8], "", "PX", ARGV[4]) end
return "running"`);

/** If this process dies between claiming and failing, the job is found stalled and goes back to waiting. */
const claimMs = 10_000;

export interface FailWaitingOptions {
  /** Exists once the job has its result. */
  resultKey: string;
  /** Written when the job runs already. */
  cancelledKey: string;
  /** How long to keep `cancelledKey`; 0 writes nothing and leaves a running job alone. */
  markMs: number;
}

/** Fails a job that waits, without starting it. BullMQ 6.7 has no method for that. */
export async function failWaiting(
  { bull, redis, keys }: OpenQueue,
  id: string,
  reason: string,
  { resultKey, cancelledKey, markMs }: FailWaitingOptions,
): Promise<FailWaitingOutcome> {
  const token = randomUUID();
  const touched = [
    keys.job(id),
    keys.lock(id),
    ...[keys.prioritized, keys.delayed, keys.wait, keys.active],
    ...[resultKey, cancelledKey],
  ];
  const outcome = (await claim(redis, touched, [id, token, claimMs, markMs])) as FailWaitingOutcome;
  if (outcome === "failed") {
    const job = await Job.fromId(bull, id);
    await job?.moveToFailed(new UnrecoverableError(reason), token);
  }
  return outcome;
}
