import { createScript } from "@precis/redis";
import type { Job } from "bullmq";
import type { OpenQueue } from "./open-queue.js";

/**
 * What a worker writes just before it runs a job: the number of the claim, how often the job had stalled by then, and whether
 * the worker ran nothing else. If the worker dies, the next claim of the job reads from it whether the job was running at that
 * time; a job that only waited in the worker did not cause the death.
 */
export type StartMark = string;

/** How a job was running when its worker died. */
export type RunMode = "alone" | "shared";

/** A field of our own in BullMQ's hash, so that it is deleted with the job. BullMQ 6.7 ignores fields it does not know. */
const field = "precis:start";

type Starts = Pick<Job, "attemptsStarted" | "stalledCounter">;

export function startMark(job: Starts, mode: RunMode): StartMark {
  return `${job.attemptsStarted} ${job.stalledCounter} ${mode}`;
}

/** Lua that writes the mark. A job whose lock was lost may have been deleted, and must not reappear as a hash without data. */
export function writeStartLua(key: string, mark: string): string {
  return `if redis.call("EXISTS", ${key}) == 1 then redis.call("HSET", ${key}, "${field}", ${mark}) end`;
}

type Where = Pick<OpenQueue, "redis" | "keys">;

/** How a job that has just been claimed was running when it stalled; `undefined` when its previous claim ended otherwise. */
export async function readStalledStart({ redis, keys }: Where, id: string, job: Starts): Promise<RunMode | undefined> {
  // Most jobs never stall and do not need the command.
  if (job.stalledCounter === 0) return undefined;
  const mark = await redis.hget(keys.job(id), field);
  const [claim, stalls, mode] = mark?.split(" ") ?? [];
  const wasRunning = Number(claim) === job.attemptsStarted - 1 && job.stalledCounter > Number(stalls);
  return wasRunning && (mode === "alone" || mode === "shared") ? mode : undefined;
}

/** KEYS: job; ARGV: mark. */
const clearOwn = createScript(`
if redis.call("HGET", KEYS[1], "${field}") == ARGV[1] then redis.call("HDEL", KEYS[1], "${field}") end`);

/** Removes the mark unless a later start has replaced it: this worker has lost the lock of the job, but it is alive. */
export async function clearOwnStart({ redis, keys }: Where, id: string, mark: StartMark): Promise<void> {
  await clearOwn(redis, [keys.job(id)], [mark]);
}

/** Removes the mark of a job that an operator retries. */
export async function clearStart({ redis, keys }: Where, id: string): Promise<void> {
  await redis.hdel(keys.job(id), field);
}

/** KEYS: job. `atm`: attempts made; BullMQ 6.7 has no method that counts an attempt without ending it. */
const count = createScript(`
if redis.call("EXISTS", KEYS[1]) == 1 then redis.call("HINCRBY", KEYS[1], "atm", 1) end`);

/** Counts the death of the worker that ran the job as an attempt. */
export async function countAttempt({ redis, keys }: Where, job: Job): Promise<void> {
  await count(redis, [keys.job(job.id as string)], []);
  job.attemptsMade += 1;
}
