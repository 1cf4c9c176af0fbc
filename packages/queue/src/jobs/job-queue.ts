import type { JobData } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";
import { type BatchRecord, readBatch } from "../batches/read-batch.js";
import { type BatchSubmission, createBatchSubmitter } from "../batches/submit-batch.js";
import { summarizeDefaults } from "../bullmq/job-options.js";
import { type BullQueue, openFlowProducer, openQueue, type Telemetry } from "../bullmq/open-queue.js";
import { summarizeQueueName } from "../bullmq/queue-names.js";
import { readGlobalConcurrency } from "../depth/global-concurrency.js";
import { measureLoad, type QueueLoad } from "../depth/measure-load.js";
import { type QueueDepth, readDepth } from "../depth/read-depth.js";
import { readThroughput } from "../depth/read-throughput.js";
import { type Once, type OnceOutcome, once } from "../idempotency/submit-once.js";
import { createJobAdder } from "./add-jobs.js";
import { type CancelOutcome, cancelJob } from "./cancel-job.js";
import { deleteJob } from "./delete-job.js";
import { causeCount } from "./failed-attempts.js";
import { batchJobId, newJobId } from "./job-id.js";
import { type JobPage, type ListQuery, listJobs } from "./list-jobs.js";
import { type JobRecord, readJob, readOwner } from "./read-job.js";
import { type RetryResult, retryJob } from "./retry-job.js";
import { sweepJobs } from "./sweep-jobs.js";

/** The submitting side of the queue. For cancel, retry and delete see `JobActions`. */
export interface JobQueue {
  /** BullMQ's own queue, for Bull Board only. */
  readonly bull: BullQueue;
  /** Stores text and job, and the delivery of its webhook; when it resolves, all are in Redis. */
  submit(data: JobData, text: string): Promise<{ id: string }>;
  /** The same, but once per Idempotency-Key, however often and from wherever it is called. */
  submitOnce(data: JobData, text: string, once: Once): Promise<OnceOutcome<string>>;
  /** Stores a batch: each item is a job of its own. With `once`, as `submitOnce` does. */
  submitBatch(batch: BatchSubmission, once?: Once): Promise<OnceOutcome<string>>;
  /** The jobs of the items of a batch. */
  batchJobs(id: string, items: readonly { index: number }[]): { index: number; id: string }[];
  readBatch(id: string): Promise<BatchRecord | undefined>;
  list(query: ListQuery): Promise<JobPage>;
  /** Fails waiting jobs past their deadline and removes expired ones; returns whether there is more to do. */
  sweep(): Promise<boolean>;
  read(id: string): Promise<JobRecord | undefined>;
  /** The owner of a job; `undefined` when there is no such job. */
  readOwner(id: string): Promise<{ owner?: string } | undefined>;
  /** Ends a waiting job as cancelled, or marks a running one: its worker drops the result. */
  cancel(id: string): Promise<CancelOutcome>;
  /** Puts a failed or cancelled job back into the queue; `beforeRetry` is called once it is known that it can be. */
  retry(id: string, beforeRetry?: (job: JobRecord) => Promise<void>): Promise<RetryResult>;
  /** Deletes a job that does not run, with its text, its result and its events. */
  delete(job: JobRecord): Promise<void>;
  /** Unfinished jobs, and jobs ever added. */
  measureLoad(): Promise<QueueLoad>;
  readDepth(): Promise<QueueDepth>;
  /** Jobs that ended in each of the last `minutes` minutes, oldest first. */
  readThroughput(minutes: number): Promise<number[]>;
  readGlobalConcurrency(): Promise<number | undefined>;
  close(): Promise<void>;
}

export interface JobQueueOptions {
  keys: Keys;
  /** An open connection. Commands should fail at once while Redis is away, so that no caller waits for a response in vain. */
  redis: Redis;
  /** Attempts a job has for each cause of failure. */
  attempts: number;
  /** How long the text of a job that has not ended is kept. */
  textTtlMs: number;
  /** Delays before each attempt to deliver a webhook. */
  webhookScheduleMs: readonly number[];
  /** Traces every job that is added. */
  telemetry?: Telemetry | undefined;
}

export function openJobQueue(options: JobQueueOptions): JobQueue {
  const { redis, keys, textTtlMs, webhookScheduleMs: scheduleMs } = options;
  const defaultJobOptions = summarizeDefaults(options.attempts * causeCount);
  const queue = openQueue(summarizeQueueName, { ...options, defaultJobOptions });
  const flows = openFlowProducer(options);
  const add = createJobAdder({ queue, flows, keys, textTtlMs, scheduleMs });
  return {
    bull: queue.bull,
    submit: async (data, text) => {
      const id = newJobId();
      await add([{ id, data, text }], true);
      return { id };
    },
    submitOnce: (data, text, given) =>
      once(redis, keys, given, newJobId(), (id, idempotency) =>
        add([{ id, data: { ...data, idempotency }, text }], false),
      ),
    submitBatch: createBatchSubmitter({ queue, keys, textTtlMs, add }),
    batchJobs: (id, items) => items.map(({ index }) => ({ index, id: batchJobId(id, index) })),
    readBatch: (id) => readBatch(redis, keys, id),
    list: (query) => listJobs(redis, keys, query),
    sweep: () => sweepJobs(queue, keys),
    read: (id) => readJob(redis, keys, id),
    readOwner: (id) => readOwner(redis, keys, id),
    cancel: (id) => cancelJob(queue, keys, id, textTtlMs),
    retry: (id, beforeRetry = async () => {}) => retryJob(queue, keys, id, textTtlMs, beforeRetry),
    delete: (job) => deleteJob(queue, keys, job),
    measureLoad: () => measureLoad(queue),
    readDepth: () => readDepth(queue),
    readThroughput: (minutes) => readThroughput(queue, minutes),
    readGlobalConcurrency: () => readGlobalConcurrency(queue),
    close: async () => void (await Promise.all([queue.bull.close(), flows.close()])),
  };
}
