import { type JobData, PrecisError } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";
import { Queue } from "bullmq";
import { type EndOutcome, endWaiting } from "./end-waiting.js";
import { newJobId } from "./job-id.js";
import { measureLoad, type QueueLoad } from "./measure-load.js";
import { summarizeQueueName } from "./queue-name.js";
import { type JobRecord, readJob } from "./read-job.js";
import { readOwner } from "./read-owner.js";
import { readPosition } from "./read-position.js";
import { removeJob } from "./remove-job.js";
import { type RetryOutcome, retryJob } from "./retry-job.js";

/** The submitting side of the queue. */
export interface JobQueue {
  /** BullMQ's own queue, for Bull Board only. */
  readonly bull: Queue;
  /** Stores text and job; when it resolves both are in Redis. */
  submit(data: JobData, text: string): Promise<{ id: string }>;
  read(id: string): Promise<JobRecord | undefined>;
  /** Place of a waiting job among the waiting ones, 1 being the next; `undefined` when it does not wait. */
  position(id: string): Promise<number | undefined>;
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
  /** How often a job is tried when a model process or worker dies under it. */
  attempts: number;
  /** How long the text of a job that has not ended is kept. */
  textTtlMs: number;
}

/**
 * Every job has a priority: BullMQ serves jobs without one before all others, so nothing could be put before them; and the
 * place in its sorted set costs O(log n) to find, in its list O(n).
 */
const usualPriority = 5;

const cancelledWaiting = new PrecisError("cancelled", "the job was cancelled before it started");

/** Opens the submitting side. Commands fail at once while Redis is away, so that nobody waits for an answer in vain. */
export function openJobQueue(options: JobQueueOptions): JobQueue {
  const { redis, keys } = options;
  const bull = new Queue(summarizeQueueName, {
    // The connection is ready already: BullMQ 6.7 asks for the server's version as soon as the queue is made.
    connection: redis,
    prefix: keys.prefix,
    defaultJobOptions: {
      attempts: options.attempts,
      backoff: { type: "exponential", delay: 250, jitter: 0.5 },
      stackTraceLimit: 5,
    },
  });
  // Connection errors reach whoever awaits a command; without a listener they would end the process.
  bull.on("error", () => {});
  return {
    bull,
    submit: async (data, text) => {
      const id = newJobId();
      // The text first: a job without its text would be lost, a text without a job expires.
      await redis.set(keys.text(id), text, "PX", options.textTtlMs);
      const kept = { age: data.resultTtlSeconds };
      const priority = data.priority ?? usualPriority;
      await bull.add("summarize", data, { jobId: id, priority, removeOnComplete: kept, removeOnFail: kept });
      return { id };
    },
    read: (id) => readJob(redis, keys, id),
    position: (id) => readPosition(redis, keys, id),
    cancel: (id) => endWaiting(bull, redis, keys, id, cancelledWaiting, options.textTtlMs),
    retry: (id) => retryJob(bull, redis, keys, id, options.textTtlMs),
    remove: (job) => removeJob(bull, redis, keys, job),
    readOwner: (id) => readOwner(redis, keys, id),
    measureLoad: () => measureLoad(redis, bull),
    close: () => bull.close(),
  };
}
