import {
  type BatchItemError,
  batchItemErrorSchema,
  type JobStatus,
  jobStatuses,
  omitUndefined,
} from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";
import { z } from "zod";
import { readJobs } from "../jobs/read-job.js";

/** A batch and the statuses of its jobs. */
export interface BatchRecord {
  id: string;
  createdAt: number;
  /** Absent when it was submitted without an API key. */
  owner?: string;
  /** Number of items it was submitted with, rejected ones included. */
  size: number;
  rejected: BatchItemError[];
  /** Its jobs that still exist, by index. */
  jobs: { index: number; id: string; status: JobStatus }[];
  /** Number of jobs that were deleted or have expired. */
  gone: number;
  counts: Record<JobStatus, number>;
}

const rejectedSchema = z.array(batchItemErrorSchema);

export async function readBatch(redis: Redis, keys: Keys, id: string): Promise<BatchRecord | undefined> {
  const { created, size, faults, owner, ...entries } = await redis.hgetall(keys.batch(id));
  if (created === undefined) return undefined;
  const listed = Object.entries(entries).map(([index, jobId]) => ({ index: Number(index), id: jobId }));
  const ids = listed.map((job) => job.id);
  const records = await readJobs(redis, keys, ids);
  const counts = Object.fromEntries(jobStatuses.map((status) => [status, 0])) as Record<JobStatus, number>;
  const jobs: BatchRecord["jobs"] = [];
  for (const [place, job] of listed.entries()) {
    const status = records[place]?.status;
    if (status === undefined) continue;
    counts[status] += 1;
    jobs.push({ ...job, status });
  }
  const rejected = rejectedSchema.parse(JSON.parse(faults ?? "[]"));
  const total = Number(size);
  return {
    id,
    createdAt: Number(created),
    ...omitUndefined({ owner }),
    size: total,
    rejected,
    jobs: jobs.sort((one, other) => one.index - other.index),
    gone: total - new Set(rejected.map(({ index }) => index)).size - jobs.length,
    counts,
  };
}
