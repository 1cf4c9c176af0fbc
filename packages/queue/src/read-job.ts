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
import type { Keys, Redis } from "@precis/redis";
import { fromFailedReason } from "./failure.js";
import { summarizeQueueName } from "./queue-name.js";

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

/** Reads a job and its result in one round trip; `undefined` when there is none. */
export async function readJob(redis: Redis, keys: Keys, id: string): Promise<JobRecord | undefined> {
  const pipeline = redis.pipeline();
  ask(pipeline, keys, id);
  pipeline.get(keys.result(id));
  const [hash, locked, stored] = await answers<[Hash, number, string | null]>(pipeline);
  return toRecord(id, hash, locked, stored);
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
