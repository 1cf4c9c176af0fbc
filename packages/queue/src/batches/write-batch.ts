import { type BatchItemError, omitUndefined } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";

export interface NewBatch {
  id: string;
  owner?: string;
  /** Number of items it was submitted with. */
  size: number;
  rejected: BatchItemError[];
  jobs: readonly { index: number; id: string }[];
  ttlMs: number;
}

/** Writes which jobs a batch has, in one transaction; the jobs are written separately, with ids that follow from its id. */
export async function writeBatch(redis: Redis, keys: Keys, batch: NewBatch): Promise<void> {
  const { id, size, rejected, jobs, ttlMs, owner } = batch;
  const entries = Object.fromEntries(jobs.map((job) => [String(job.index), job.id]));
  // `faults` keeps its name, so that batches written by an older version can be read.
  const about = {
    created: Date.now(),
    size,
    faults: JSON.stringify(rejected),
    ...omitUndefined({ owner }),
  };
  const replies = await redis
    .multi()
    .hset(keys.batch(id), { ...entries, ...about })
    .pexpire(keys.batch(id), ttlMs)
    .exec();
  for (const [error] of replies ?? []) if (error) throw error;
}
