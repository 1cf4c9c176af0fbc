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

/**
 * Reads a job and its result in one round trip; `undefined` when there is none. BullMQ's own `getState` would search
 * its lists; the job's hash and lock say the same: finished when it has an end, running while somebody holds its lock.
 */
export async function readJob(redis: Redis, keys: Keys, id: string): Promise<JobRecord | undefined> {
  const jobKey = `${keys.prefix}:${summarizeQueueName}:${id}`;
  const replies = await redis
    .pipeline()
    .hmget(jobKey, ...fields)
    .exists(`${jobKey}:lock`)
    .get(keys.result(id))
    .exec();
  const [hash, locked, stored] = (replies ?? []).map(([error, value]) => {
    if (error) throw error;
    return value;
  }) as [(string | null)[], number, string | null];
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
    status:
      failure?.code === "cancelled"
        ? "cancelled"
        : failed
          ? "failed"
          : ended
            ? "completed"
            : locked
              ? "running"
              : "queued",
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
