import { type BatchItemError, batchItemErrorSchema, type JobStatus, jobStatuses } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";
import { z } from "zod";
import { readJobs } from "../jobs/read-job.js";

/** A batch as it stands. */
export interface BatchRecord {
  id: string;
  createdAt: number;
  /** Whose it is; absent when it was submitted without a key. */
  owner?: string;
  /** Items it was submitted with, refused ones included. */
  size: number;
  faults: BatchItemError[];
  /** Its jobs that are still known, by index. */
  jobs: { index: number; id: string; status: JobStatus }[];
  /** Jobs that have been deleted or have expired. */
  gone: number;
  counts: Record<JobStatus, number>;
}

export interface NewBatch {
  id: string;
  createdAt: number;
  owner?: string;
  size: number;
  faults: BatchItemError[];
  jobs: readonly { index: number; id: string }[];
  ttlMs: number;
}

const faultsSchema = z.array(batchItemErrorSchema);

/** Writes which jobs a batch has; the jobs are written separately, under ids that follow from the batch's. */
export async function writeBatch(redis: Redis, keys: Keys, batch: NewBatch): Promise<void> {
  const { id, createdAt, size, faults, jobs, ttlMs, owner } = batch;
  const about = { created: createdAt, size, faults: JSON.stringify(faults), ...(owner === undefined ? {} : { owner }) };
  const entries = Object.fromEntries(jobs.map((job) => [String(job.index), job.id]));
  const replies = await redis
    .multi()
    .hset(keys.batch(id), { ...entries, ...about })
    .pexpire(keys.batch(id), ttlMs)
    .exec();
  for (const [error] of replies ?? []) if (error) throw error;
}

/** One look at all jobs of a batch. */
export async function readBatch(redis: Redis, keys: Keys, id: string): Promise<BatchRecord | undefined> {
  const { created, size, faults, owner, ...entries } = await redis.hgetall(keys.batch(id));
  if (created === undefined) return undefined;
  const listed = Object.entries(entries).map(([index, jobId]) => ({ index: Number(index), id: jobId }));
  const records = await readJobs(
    redis,
    keys,
    listed.map((job) => job.id),
  );
  const counts = Object.fromEntries(jobStatuses.map((status) => [status, 0])) as Record<JobStatus, number>;
  const jobs: BatchRecord["jobs"] = [];
  for (const [place, job] of listed.entries()) {
    const status = records[place]?.status;
    if (status === undefined) continue;
    counts[status] += 1;
    jobs.push({ ...job, status });
  }
  const known = faultsSchema.parse(JSON.parse(faults ?? "[]"));
  const total = Number(size);
  return {
    id,
    createdAt: Number(created),
    ...(owner === undefined ? {} : { owner }),
    size: total,
    faults: known,
    jobs: jobs.sort((one, other) => one.index - other.index),
    gone: total - new Set(known.map(({ index }) => index)).size - jobs.length,
    counts,
  };
}
