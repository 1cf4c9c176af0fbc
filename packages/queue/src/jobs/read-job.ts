import {
  type JobData,
  type JobFailure,
  type JobProgress,
  type JobResult,
  type JobStatus,
  jobDataSchema,
  jobProgressSchema,
  jobResultSchema,
  omitUndefined,
} from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";
import { readStoredData, readStoredJob, readStoredJobs, type StoredJob } from "../bullmq/job-hash.js";
import { parseFailure } from "./failure.js";

/** A job in Redis. Times are Unix milliseconds. */
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
  /** Position of a waiting job, 1 being the next; read by `readJob` only. */
  position?: number;
}

/** Reads a job, its result and its position by one command; `undefined` when it does not exist. */
export async function readJob(redis: Redis, keys: Keys, id: string): Promise<JobRecord | undefined> {
  const found = await readStoredJob(redis, keys, id, keys.result(id));
  if (found === undefined) return undefined;
  const record = toRecord(id, found.job);
  if (found.result !== null && record.status === "completed") {
    record.result = jobResultSchema.parse(JSON.parse(found.result));
  }
  if (found.jobsBefore !== null) record.position = found.jobsBefore + 1;
  return record;
}

/** Reads many jobs in few round trips, in the order given, without their results; `undefined` for those that do not exist. */
export async function readJobs(redis: Redis, keys: Keys, ids: readonly string[]): Promise<(JobRecord | undefined)[]> {
  const jobs = await readStoredJobs(redis, keys, ids);
  return ids.map((id, index) => {
    const job = jobs[index];
    return job && toRecord(id, job);
  });
}

/** The owner of a job; `owner` is absent for a job submitted without an API key, and all of it when there is no such job. */
export async function readOwner(redis: Redis, keys: Keys, id: string): Promise<{ owner?: string } | undefined> {
  const data = await readStoredData(redis, keys, id);
  if (data === undefined) return undefined;
  const { owner } = jobDataSchema.parse(JSON.parse(data));
  return owner === undefined ? {} : { owner };
}

function toRecord(id: string, job: StoredJob): JobRecord {
  const { createdAt, startedAt, finishedAt, attempts } = job;
  const failure = job.failReason === undefined ? undefined : parseFailure(job.failReason);
  const progress = jobProgressSchema.safeParse(job.progress === undefined ? undefined : JSON.parse(job.progress));
  return {
    id,
    status: statusOf(job, failure),
    data: jobDataSchema.parse(JSON.parse(job.data)),
    ...(progress.success ? { progress: progress.data } : {}),
    ...omitUndefined({ failure }),
    createdAt,
    ...omitUndefined({ startedAt }),
    ...omitUndefined({ finishedAt }),
    attempts,
  };
}

function statusOf({ finishedAt, isLocked }: StoredJob, failure: JobFailure | undefined): JobStatus {
  if (finishedAt === undefined) return isLocked ? "running" : "queued";
  if (failure === undefined) return "completed";
  return failure.code === "cancelled" ? "cancelled" : "failed";
}
