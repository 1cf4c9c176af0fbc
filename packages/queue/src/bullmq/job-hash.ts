import { createScript, type Keys, type Redis } from "@precis/redis";
import { type BullKeys, bullKeys } from "./keys.js";
import { summarizeQueueName } from "./queue-names.js";

/** A job as BullMQ stores it. Times are Unix milliseconds; data and progress are JSON. */
export interface StoredJob {
  data: string;
  progress?: string;
  createdAt: number;
  startedAt?: number;
  finishedAt?: number;
  /** Present when the job has finished and failed. */
  failReason?: string;
  /** 0 for a job that ended before it started, although BullMQ counts that as an attempt. */
  attempts: number;
  /** Whether a worker holds the job. */
  isLocked: boolean;
}

/** Fields of the hash, in the order they are read in. `atm`: attempts made. */
const fields = [
  "data",
  "progress",
  "timestamp",
  "processedOn",
  "finishedOn",
  "failedReason",
  "atm",
  "returnvalue",
] as const;

/** Fields of BullMQ's `Job`, and so of the board's JSON, that may quote what a job was about. */
export const failureFields = { reasons: ["failedReason", "deferredFailure"], stackTrace: "stacktrace" } as const;

type Hash = (string | null)[];

/**
 * KEYS: job, lock, prioritized, wait, a key to read when the job has finished; ARGV: id, fields. Returns the fields, whether
 * the job is locked, the value of the last key, and the number of jobs before a waiting one.
 */
const read = createScript(`
local job = redis.call("HMGET", KEYS[1], unpack(ARGV, 2))
if not job[1] then return false end
local locked = redis.call("EXISTS", KEYS[2])
if job[5] then return { job, locked, redis.call("GET", KEYS[5]), false } end
local rank = locked == 0 and redis.call("ZRANK", KEYS[3], ARGV[1])
return { job, locked, false, rank and rank + redis.call("LLEN", KEYS[4]) }`);

/**
 * Reads a job by one command; `undefined` when it does not exist.
 *
 * @param resultKey read in the same step when the job has finished
 */
export async function readStoredJob(
  redis: Redis,
  keys: Keys,
  id: string,
  resultKey: string,
): Promise<{ job: StoredJob; result: string | null; jobsBefore: number | null } | undefined> {
  const bull = bullKeys(keys, summarizeQueueName);
  const touched = [bull.job(id), bull.lock(id), bull.prioritized, bull.wait, resultKey];
  const found = (await read(redis, touched, [id, ...fields])) as [Hash, number, string | null, number | null] | null;
  if (found === null) return undefined;
  const [hash, locked, result, jobsBefore] = found;
  const job = toStoredJob(hash, locked === 1);
  return job && { job, result, jobsBefore };
}

/** Jobs read in one round trip: the last command of a long pipeline would wait longer than a command may. */
const maxJobsPerTrip = 200;

/** Reads many jobs in few round trips, in the order given; `undefined` for those that do not exist. */
export async function readStoredJobs(
  redis: Redis,
  keys: Keys,
  ids: readonly string[],
): Promise<(StoredJob | undefined)[]> {
  const bull = bullKeys(keys, summarizeQueueName);
  const jobs: (StoredJob | undefined)[] = [];
  for (let from = 0; from < ids.length; from += maxJobsPerTrip) {
    jobs.push(...(await readTrip(redis, bull, ids.slice(from, from + maxJobsPerTrip))));
  }
  return jobs;
}

async function readTrip(redis: Redis, bull: BullKeys, ids: readonly string[]): Promise<(StoredJob | undefined)[]> {
  const pipeline = redis.pipeline();
  for (const id of ids) pipeline.hmget(bull.job(id), ...fields).exists(bull.lock(id));
  const replies = ((await pipeline.exec()) ?? []).map(([error, value]) => {
    if (error) throw error;
    return value;
  });
  return ids.map((_, index) => toStoredJob(replies[index * 2] as Hash, replies[index * 2 + 1] === 1));
}

/** The data of a job (JSON); `undefined` when it does not exist. */
export async function readStoredData(redis: Redis, keys: Keys, id: string): Promise<string | undefined> {
  return (await redis.hget(bullKeys(keys, summarizeQueueName).job(id), "data")) ?? undefined;
}

/**
 * BullMQ's own `getState` would search its lists; hash and lock are enough: a job has finished when it has an end, and runs
 * while its lock exists.
 */
function toStoredJob(hash: Hash, isLocked: boolean): StoredJob | undefined {
  const [data, progress, created, started, finished, failedReason, attempts, returnValue] = hash;
  if (data == null) return undefined;
  // The reason of an earlier attempt stays in the hash of a job that then completed.
  const hasFailed = finished != null && returnValue == null;
  return {
    data,
    ...(progress == null ? {} : { progress }),
    createdAt: Number(created),
    ...(started == null ? {} : { startedAt: Number(started) }),
    ...(finished == null ? {} : { finishedAt: Number(finished) }),
    ...(hasFailed ? { failReason: failedReason ?? "" } : {}),
    attempts: started == null ? 0 : Number(attempts ?? 0),
    isLocked,
  };
}
