import { type BatchItemError, type JobData, PrecisError } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";
import { FlowProducer, Queue, type Telemetry } from "bullmq";
import { type BatchRecord, readBatch, writeBatch } from "../batches/batch.js";
import { type EndOutcome, endWaiting } from "../bullmq/fail-waiting.js";
import { summarizeQueueName } from "../bullmq/queue-names.js";
import { measureLoad, type QueueLoad } from "../depth/measure-load.js";
import { type Once, type OnceOutcome, once } from "../idempotency/submit-once.js";
import { createJobAdder } from "./add-jobs.js";
import { removeJob } from "./delete-job-data.js";
import { causeCount } from "./failed-attempts.js";
import { batchJobId, newBatchId, newJobId } from "./job-id.js";
import { type JobPage, type ListQuery, listJobs } from "./list-jobs.js";
import { type JobRecord, readJob } from "./read-job.js";
import { readOwner } from "./read-owner.js";
import { type RetryOutcome, retryJob } from "./retry-job.js";
import { sweepJobs } from "./sweep-jobs.js";

/** What is to become of a batch: its valid items, and what was wrong with the others. */
export interface BatchSubmission {
  /** Number of items it came with. */
  size: number;
  items: readonly { index: number; data: JobData; text: string }[];
  faults: BatchItemError[];
  /** Whose it is. */
  owner?: string;
}

/** The submitting side of the queue. */
export interface JobQueue {
  /** BullMQ's own queue, for Bull Board only. */
  readonly bull: Queue;
  /** Stores text and job, and the delivery of its webhook; when it resolves all are in Redis. */
  submit(data: JobData, text: string): Promise<{ id: string }>;
  /** The same, but once per Idempotency-Key, however often and from wherever it is called. */
  submitOnce(data: JobData, text: string, once: Once): Promise<OnceOutcome<string>>;
  /** Stores a batch: each item is a job of its own. With `once`, as `submitOnce` does. */
  submitBatch(batch: BatchSubmission, once?: Once): Promise<OnceOutcome<string>>;
  /** The jobs a batch's items become. */
  batchJobs(id: string, items: readonly { index: number }[]): { index: number; id: string }[];
  readBatch(id: string): Promise<BatchRecord | undefined>;
  list(query: ListQuery): Promise<JobPage>;
  /** One round of failing waiting jobs past their deadline and removing expired ones; whether there is more to do. */
  sweep(): Promise<boolean>;
  read(id: string): Promise<JobRecord | undefined>;
  /** Ends a waiting job as cancelled, or marks a running one: whoever runs it drops its result. */
  cancel(id: string): Promise<EndOutcome>;
  /** Puts a failed or cancelled job back into the queue. */
  retry(id: string): Promise<RetryOutcome>;
  /** Removes a job that does not run, with its text, its result and every trace of it. */
  remove(job: JobRecord): Promise<void>;
  /** Whose job it is; `undefined` when there is no such job. */
  readOwner(id: string): Promise<{ owner?: string } | undefined>;
  /** Unfinished jobs, and jobs ever added. */
  measureLoad(): Promise<QueueLoad>;
  close(): Promise<void>;
}

export interface JobQueueOptions {
  keys: Keys;
  /** An open connection that fails at once while Redis is away. */
  redis: Redis;
  /** Attempts a job has for each cause of failure. */
  attempts: number;
  /** How long the text of a job that has not ended is kept. */
  textTtlMs: number;
  /** Waits before each attempt to deliver a webhook. */
  webhookScheduleMs: readonly number[];
  /** Traces what is added. */
  telemetry?: Telemetry | undefined;
}

const cancelledWaiting = new PrecisError("cancelled", "the job was cancelled before it started");

/** Jobs of a batch written in one round trip. */
const addAtOnce = 100;

/** Opens the submitting side. Commands fail at once while Redis is away, so that nobody waits for an answer in vain. */
export function openJobQueue(options: JobQueueOptions): JobQueue {
  const { redis, keys } = options;
  const tracing = options.telemetry === undefined ? {} : { telemetry: options.telemetry };
  const bull = new Queue(summarizeQueueName, {
    // The connection is ready already: BullMQ 6.7 asks for the server's version as soon as the queue is made.
    connection: redis,
    prefix: keys.prefix,
    defaultJobOptions: {
      attempts: options.attempts * causeCount,
      backoff: { type: "exponential", delay: 250, jitter: 0.5 },
      stackTraceLimit: 5,
    },
    ...tracing,
  });
  const flows = new FlowProducer({ connection: redis, prefix: keys.prefix, ...tracing });
  // Connection errors reach whoever awaits a command; without a listener they would end the process.
  bull.on("error", () => {});
  flows.on("error", () => {});
  const { textTtlMs, webhookScheduleMs: scheduleMs } = options;
  const traced = options.telemetry !== undefined;
  const add = createJobAdder({ bull, flows, redis, keys, textTtlMs, scheduleMs, traced });
  return {
    bull,
    submit: async (data, text) => {
      const id = newJobId();
      await add([{ id, data, text }], true);
      return { id };
    },
    submitOnce: (data, text, given) =>
      once(redis, keys, given, newJobId(), (id, idempotency) =>
        add([{ id, data: { ...data, idempotency }, text }], false),
      ),
    submitBatch: async (batch, given) => {
      const write = async (id: string) => {
        const jobs = batch.items.map(({ index, data, text }) => {
          return { id: batchJobId(id, index), data: { ...data, batch: { id, index } }, text };
        });
        const longest = Math.max(0, ...jobs.map(({ data }) => data.resultTtlSeconds * 1_000));
        await writeBatch(redis, keys, {
          id,
          createdAt: Date.now(),
          size: batch.size,
          faults: batch.faults,
          ...(batch.owner === undefined ? {} : { owner: batch.owner }),
          jobs: jobs.map((job) => ({ id: job.id, index: job.data.batch.index })),
          ttlMs: options.textTtlMs + longest,
        });
        // In parts: the last command of one long pipeline would wait longer than a command may.
        const fresh = given === undefined;
        for (let from = 0; from < jobs.length; from += addAtOnce) {
          try {
            await add(jobs.slice(from, from + addAtOnce), fresh);
          } catch (error) {
            // Nothing was accepted, so nothing of it should run; a repeat with the same key takes up where this one failed.
            if (fresh) await Promise.allSettled(jobs.slice(0, from).map((job) => bull.remove(job.id)));
            throw error;
          }
        }
      };
      const id = newBatchId();
      if (given !== undefined) return once(redis, keys, given, id, write);
      await write(id);
      return { id, replayed: false };
    },
    batchJobs: (id, items) => items.map(({ index }) => ({ index, id: batchJobId(id, index) })),
    readBatch: (id) => readBatch(redis, keys, id),
    list: (query) => listJobs(redis, keys, query),
    sweep: () => sweepJobs(bull, redis, keys),
    read: (id) => readJob(redis, keys, id),
    cancel: (id) => endWaiting(bull, redis, keys, id, cancelledWaiting, options.textTtlMs),
    retry: (id) => retryJob(bull, redis, keys, id, options.textTtlMs),
    remove: (job) => removeJob(bull, redis, keys, job),
    readOwner: (id) => readOwner(redis, keys, id),
    measureLoad: () => measureLoad(redis, bull),
    close: async () => void (await Promise.all([bull.close(), flows.close()])),
  };
}
