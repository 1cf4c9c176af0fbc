import { type BatchItemError, type JobData, omitUndefined } from "@precis/contracts";
import type { Keys } from "@precis/redis";
import type { OpenQueue } from "../bullmq/open-queue.js";
import { type Once, type OnceOutcome, once } from "../idempotency/submit-once.js";
import type { AddJobs } from "../jobs/add-jobs.js";
import { batchJobId, newBatchId } from "../jobs/job-id.js";
import { writeBatch } from "./write-batch.js";

/** A batch to submit: its valid items, and why the others were rejected. */
export interface BatchSubmission {
  /** Number of items it came with. */
  size: number;
  items: readonly { index: number; data: JobData; text: string }[];
  rejected: BatchItemError[];
  owner?: string;
}

export interface BatchSubmitterOptions {
  queue: OpenQueue;
  keys: Keys;
  textTtlMs: number;
  add: AddJobs;
}

/** Jobs of a batch that are written together: the last command of a longer pipeline would wait longer than a command may. */
const jobsPerWrite = 100;

export function createBatchSubmitter({ queue, keys, textTtlMs, add }: BatchSubmitterOptions) {
  const { bull, redis } = queue;
  const write = async (id: string, batch: BatchSubmission, isNew: boolean): Promise<void> => {
    const { size, rejected, owner } = batch;
    const jobs = batch.items.map(({ index, data, text }) => {
      return { id: batchJobId(id, index), data: { ...data, batch: { id, index } }, text };
    });
    const maxTtlMs = Math.max(0, ...jobs.map(({ data }) => data.resultTtlSeconds * 1_000));
    await writeBatch(redis, keys, {
      ...{ id, size, rejected },
      ...omitUndefined({ owner }),
      jobs: jobs.map((job) => ({ id: job.id, index: job.data.batch.index })),
      ttlMs: textTtlMs + maxTtlMs,
    });
    for (let from = 0; from < jobs.length; from += jobsPerWrite) {
      try {
        await add(jobs.slice(from, from + jobsPerWrite), isNew);
      } catch (error) {
        // Nothing was accepted, so nothing of it should run; a repeat with the same key continues where this one failed.
        if (isNew) await Promise.allSettled(jobs.slice(0, from).map((job) => bull.remove(job.id)));
        throw error;
      }
    }
  };
  return async (batch: BatchSubmission, given?: Once): Promise<OnceOutcome<string>> => {
    const id = newBatchId();
    if (given !== undefined) return once(redis, keys, given, id, (reserved) => write(reserved, batch, false));
    await write(id, batch, true);
    return { id, replayed: false };
  };
}
