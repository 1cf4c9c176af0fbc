import { createScript, type Keys, type Redis } from "@precis/redis";
import type { Job } from "bullmq";
import { summarizeQueueName } from "./queue-names.js";

/**
 * What a worker writes down just before it runs a job: which claim of the job it was, how often the job had stalled by then,
 * and whether the job had the worker to itself. Should the worker die, the next claim of the job reads from it whether the
 * job was running at that time; one that only waited in the worker has nothing to do with the death.
 */
export type StartMark = string;

/** The mark lies in BullMQ's hash of the job, so that it is deleted with the job. BullMQ 6.7 ignores fields it does not know. */
const field = "precis:start";

export function jobKey(keys: Keys, id: string): string {
  return `${keys.prefix}:${summarizeQueueName}:${id}`;
}

export function startMark(job: Pick<Job, "attemptsStarted" | "stalledCounter">, isAlone: boolean): StartMark {
  return `${job.attemptsStarted} ${job.stalledCounter} ${isAlone ? "alone" : "shared"}`;
}

/** Lua that writes the mark. A job whose lock was lost may have been deleted; it must not come back as a hash without data. */
export function writeStart(key: string, mark: string): string {
  return `if redis.call("EXISTS", ${key}) == 1 then redis.call("HSET", ${key}, "${field}", ${mark}) end`;
}

/** How a job that has just been claimed was running when it stalled; `undefined` when its previous claim ended otherwise. */
export async function readStalledStart(redis: Redis, keys: Keys, job: Job): Promise<"alone" | "shared" | undefined> {
  // Most jobs never stall, and are spared the command.
  if (job.stalledCounter === 0) return undefined;
  const mark = await redis.hget(jobKey(keys, job.id as string), field);
  const [claim, stalls, how] = mark?.split(" ") ?? [];
  const wasRunning = Number(claim) === job.attemptsStarted - 1 && job.stalledCounter > Number(stalls);
  return wasRunning && (how === "alone" || how === "shared") ? how : undefined;
}

/** KEYS: job; ARGV: mark. */
const clear = createScript(`
if redis.call("HGET", KEYS[1], "${field}") == ARGV[1] then redis.call("HDEL", KEYS[1], "${field}") end`);

/** Takes the mark back, unless it is another start's: this worker has lost the job's lock, but it is alive. */
export async function clearStart(redis: Redis, keys: Keys, id: string, mark: StartMark): Promise<void> {
  await clear(redis, [jobKey(keys, id)], [mark]);
}

/** KEYS: job. BullMQ 6.7 has no method that counts an attempt of a job without ending it. */
const count = createScript(`
if redis.call("EXISTS", KEYS[1]) == 1 then redis.call("HINCRBY", KEYS[1], "atm", 1) end`);

/** Counts the death of the worker that ran the job as an attempt of it. */
export async function countAttempt(redis: Redis, keys: Keys, job: Job): Promise<void> {
  await count(redis, [jobKey(keys, job.id as string)], []);
  job.attemptsMade += 1;
}

/** Forgets everything about earlier starts of a job that an operator has put back into the queue. */
export async function forgetStarts(redis: Redis, keys: Keys, id: string): Promise<void> {
  await redis.hdel(jobKey(keys, id), field);
}
