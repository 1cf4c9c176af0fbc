import {
  type IsolationScope,
  type JobData,
  type JobFailure,
  type JobProgress,
  type JobResult,
  jobDataSchema,
  PrecisError,
} from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";
import { DelayedError, type Job, type Telemetry, UnrecoverableError, WaitingError, Worker } from "bullmq";
import { summarizeQueueName } from "../bullmq/queue-names.js";
import { clearStart, type StartMark, startMark } from "../bullmq/start-mark.js";
import { chooseProgress } from "../events/progress-writes.js";
import { openAttention, type PartialSink } from "../events/running-job.js";
import { toBullError, toFailure } from "./failed-attempts.js";
import { deadlineExceeded } from "./failure.js";
import { createJobAttempts } from "./job-attempts.js";
import { storeResult } from "./store-result.js";

/** One job in a worker's hands. */
export interface ConsumedJob {
  id: string;
  data: JobData;
  /** From submission to the start of this attempt, in milliseconds. */
  waitedMs: number;
  /** Aborts when the job was cancelled, or its lock was lost and somebody else may have it. */
  signal: AbortSignal;
  /**
   * Called just before the job runs: should the worker die from now on, the job is a suspect.
   *
   * @throws {PrecisError} `text_lost` when the text has expired or was removed.
   */
  readText(): Promise<string>;
  /** Never rejects: progress is a courtesy. */
  reportProgress(progress: JobProgress): void;
  /** Where the text so far goes while somebody follows the job. */
  partials: PartialSink;
}

/** Thrown by a handler to put its job back into the queue, where any worker may take it; no attempt is counted. */
export class Requeue extends Error {
  override readonly name = "Requeue";

  /**
   * @param delayMs not to be taken again before; 0 puts it at the front
   * @param isolation set when the job is a suspect from now on
   */
  constructor(
    message = "put back into the queue",
    readonly delayMs = 0,
    readonly isolation?: IsolationScope,
  ) {
    super(message);
  }
}

/** The consuming side of the queue. */
export interface Consumer {
  /** Takes no new jobs until `resume`; running ones go on. */
  pause(): void;
  resume(): void;
  /** Aborts the signal of a job this worker runs; whether it runs here. */
  cancel(jobId: string): boolean;
  /** Takes no new jobs and resolves when the running ones have ended. */
  close(): Promise<void>;
}

/** Minutes of completed and failed counts that BullMQ keeps for the board: a week, about 100 kB. */
const metricsMinutes = 7 * 24 * 60;

export interface ConsumeOptions {
  keys: Keys;
  redis: Redis;
  /** Shown on each job this worker takes. */
  workerId: string;
  concurrency: number;
  /** A lock not renewed for this long passes to another worker; renewed at half of it. */
  lockMs: number;
  /** Attempts a job has for each cause of failure. */
  attempts: number;
  textTtlMs: number;
  handle(job: ConsumedJob): Promise<JobResult>;
  /** A job has failed for good because model processes or workers kept dying while it ran alone. */
  onQuarantine(jobId: string, data: JobData, failure: JobFailure): void;
  onError(error: Error): void;
  /** Puts each into a span of the trace it was added in. */
  telemetry?: Telemetry | undefined;
}

/** Takes jobs and hands them to `handle`; stores what it returns before the job counts as completed. */
export function consumeJobs(options: ConsumeOptions): Consumer {
  const { redis, keys } = options;
  const attempts = createJobAttempts({ ...options, limit: options.attempts });
  /** The marks of the jobs that run here. */
  const started = new Map<string, StartMark>();

  const process = async (job: Job, token?: string, signal?: AbortSignal): Promise<{ tokens: number }> => {
    const id = job.id as string;
    try {
      // Before all else: of the next claim this could not be known any more.
      await attempts.judgeStall(job);
      // A BullMQ 6.7 worker that is paused while it waits for a job still takes the next one.
      if (worker.isPaused()) throw new Requeue("this worker takes no jobs");
      const data = jobDataSchema.parse(job.data);
      if (data.startBy !== undefined && Date.now() > data.startBy) throw deadlineExceeded(data.startBy);
      const attention = openAttention(redis, keys, id, () => worker.cancelJob(id));
      const isWorthWriting = chooseProgress();
      const result = await options.handle({
        id,
        data,
        waitedMs: Math.max(0, (job.processedOn ?? Date.now()) - job.timestamp),
        signal: signal ?? new AbortController().signal,
        readText: async () => {
          const mark = startMark(job, data.isolation === "worker");
          started.set(id, mark);
          const text = await attention.readText(options.textTtlMs, mark);
          if (text === null) throw new PrecisError("text_lost", "the text of the job has expired or was removed");
          return text;
        },
        reportProgress: (progress) => {
          attention.check();
          if (isWorthWriting(progress, attention.partials.wanted)) job.updateProgress(progress).catch(() => {});
        },
        partials: attention.partials,
      });
      const kept = !signal?.aborted && (await storeResult(redis, keys, id, result, data.resultTtlSeconds));
      if (!kept) throw new PrecisError("cancelled", "the job was cancelled while it ran");
      return { tokens: result.output_tokens };
    } catch (error) {
      if (error instanceof Requeue && error.isolation !== undefined) {
        // A wider isolation stays.
        const isolation: IsolationScope = job.data.isolation ?? error.isolation;
        await job.updateData({ ...job.data, isolation });
      }
      if (error instanceof Requeue && error.delayMs > 0) {
        await job.moveToDelayed(Date.now() + error.delayMs, token);
        throw new DelayedError();
      }
      if (error instanceof Requeue) {
        await job.moveToWait(token);
        // BullMQ 6.7 wakes nobody when it puts a prioritized job back; a worker that waits would sleep on for seconds.
        await redis.zadd(`${keys.prefix}:${summarizeQueueName}:marker`, 0, "0");
        throw new WaitingError();
      }
      if (error instanceof UnrecoverableError) throw error;
      if (error instanceof PrecisError && !error.retriable) throw toBullError(error, true);
      throw await attempts.end(job, toFailure(error));
    } finally {
      started.delete(id);
    }
  };

  const worker = new Worker(summarizeQueueName, process, {
    // The same for everything, so that what belongs together leaves in one write; BullMQ makes one of its own to wait on.
    connection: redis,
    prefix: keys.prefix,
    name: options.workerId,
    concurrency: options.concurrency,
    ...(options.telemetry === undefined ? {} : { telemetry: options.telemetry }),
    lockDuration: options.lockMs,
    stalledInterval: options.lockMs,
    // BullMQ would fail every job a worker held when it died for the last time; see `JobAttempts`.
    maxStalledCount: Number.MAX_SAFE_INTEGER,
    metrics: { maxDataPoints: metricsMinutes },
  });
  worker.on("error", options.onError);
  worker.on("lockRenewalFailed", (ids: string[]) => {
    for (const id of ids) {
      const mark = started.get(id);
      if (mark !== undefined) clearStart(redis, keys, id, mark).catch(() => {});
    }
  });
  return {
    pause: () => void worker.pause(true),
    resume: () => worker.resume(),
    cancel: (jobId) => worker.cancelJob(jobId),
    close: () => worker.close(),
  };
}
