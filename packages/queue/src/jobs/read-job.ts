import {
  type JobData,
  type JobFailure,
  type JobProgress,
  type JobResult,
  type JobStatus,
  jobDataSchema,
  jobProgressSchema,
  jobResultSchema,
} from "@precis/contracts";
import { createScript, type Keys, type Redis } from "@precis/redis";
import { summarizeQueueName } from "../bullmq/queue-names.js";
import { fromFailedReason } from "./failure.js";

/** A job as it stands in Redis. Times are Unix milliseconds. */
export interface JobRecord {
  id: string;
  status: JobStatus;
  data: JobData;
  progress?: JobProgress;
  result?: JobResult;
  failure?: JobFailure;
  createdAt: number;
  startedAt?: number;
  finishedAt?: number;
  attempts: number;
  /** Place of a waiting job among the waiting ones, 1 being the next; read by `readJob` only. */
  position?: number;
}

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

type Pipeline = ReturnType<Redis["pipeline"]>;
type Hash = (string | null)[];

/**
 * KEYS: job, its lock, its result, prioritized, wait; ARGV: id, fields of the job. Returns the fields, whether it is locked,
 * its result, and its rank among the prioritized jobs plus the number of those before them.
 */
const look = createScript(`
local job = redis.call("HMGET", KEYS[1], unpack(ARGV, 2))
if not job[1] then return false end
local locked = redis.call("EXISTS", KEYS[2])
if job[5] then return { job, locked, redis.call("GET", KEYS[3]), false } end
local rank = locked == 0 and redis.call("ZRANK", KEYS[4], ARGV[1])
return { job, locked, false, rank and rank + redis.call("LLEN", KEYS[5]) }`);

/** Reads a job, its result and its place in the queue by one command; `undefined` when there is none. */
export async function readJob(redis: Redis, keys: Keys, id: string): Promise<JobRecord | undefined> {
  const queue = `${keys.prefix}:${summarizeQueueName}`;
  const jobKey = `${queue}:${id}`;
  const touched = [jobKey, `${jobKey}:lock`, keys.result(id), `${queue}:prioritized`, `${queue}:wait`];
  const found = (await look(redis, touched, [id, ...fields])) as [Hash, number, string | null, number | null] | null;
  if (found === null) return undefined;
  const [hash, locked, stored, before] = found;
  const record = toRecord(id, hash, locked, stored);
  return record === undefined || before === null ? record : { ...record, position: before + 1 };
}

/** Jobs read in one round trip: the last command of a long pipeline would wait longer than a command may. */
const readAtOnce = 200;

/** Reads many jobs in few round trips, in the order given, without their results; `undefined` for those that are gone. */
export async function readJobs(redis: Redis, keys: Keys, ids: readonly string[]): Promise<(JobRecord | undefined)[]> {
  const records: (JobRecord | undefined)[] = [];
  for (let from = 0; from < ids.length; from += readAtOnce) {
    const pipeline = redis.pipeline();
    const part = ids.slice(from, from + readAtOnce);
    for (const id of part) ask(pipeline, keys, id);
    const replies = await answers<(Hash | number)[]>(pipeline);
    for (const [index, id] of part.entries()) {
      records.push(toRecord(id, replies[index * 2] as Hash, replies[index * 2 + 1] as number, null));
    }
  }
  return records;
}

/**
 * BullMQ's own `getState` would search its lists; the job's hash and lock say the same: finished when it has an end,
 * running while somebody holds its lock.
 */
function ask(pipeline: Pipeline, keys: Keys, id: string): void {
  const jobKey = `${keys.prefix}:${summarizeQueueName}:${id}`;
  pipeline.hmget(jobKey, ...fields).exists(`${jobKey}:lock`);
}

async function answers<Replies>(pipeline: Pipeline): Promise<Replies> {
  const replies = (await pipeline.exec()) ?? [];
  return replies.map(([error, value]) => {
    if (error) throw error;
    return value;
  }) as Replies;
}

function toRecord(id: string, hash: Hash, locked: number, stored: string | null): JobRecord | undefined {
  const [data, progress, timestamp, processedOn, finishedOn, failedReason, attempts, returnvalue] = hash;
  if (data == null) return undefined;
  const ended = finishedOn != null;
  // The reason of an earlier attempt stays in the hash of a job that then completed.
  const failed = ended && returnvalue == null;
  const result = stored === null ? undefined : jobResultSchema.parse(JSON.parse(stored));
  const failure = failed ? fromFailedReason(failedReason ?? "") : undefined;
  const knownProgress = jobProgressSchema.safeParse(progress == null ? undefined : JSON.parse(progress));
  return {
    id,
    status: statusOf(ended, failure, locked === 1),
    data: jobDataSchema.parse(JSON.parse(data)),
    ...(knownProgress.success ? { progress: knownProgress.data } : {}),
    ...(result !== undefined && ended && !failed ? { result } : {}),
    ...(failure === undefined ? {} : { failure }),
    createdAt: Number(timestamp),
    ...(processedOn == null ? {} : { startedAt: Number(processedOn) }),
    ...(finishedOn == null ? {} : { finishedAt: Number(finishedOn) }),
    // BullMQ counts an attempt for a job that was ended before it started.
    attempts: processedOn == null ? 0 : Number(attempts ?? 0),
  };
}

function statusOf(ended: boolean, failure: JobFailure | undefined, locked: boolean): JobStatus {
  if (!ended) return locked ? "running" : "queued";
  if (failure === undefined) return "completed";
  return failure.code === "cancelled" ? "cancelled" : "failed";
}
