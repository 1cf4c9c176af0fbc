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
import type { ClaimedJob } from "../bullmq/claimed-job.js";
import { metricsMinutes } from "../bullmq/finished-per-minute.js";
import { bullKeys } from "../bullmq/keys.js";
import type { Telemetry } from "../bullmq/open-queue.js";
import { summarizeQueueName } from "../bullmq/queue-names.js";
import { clearOwnStart, type StartMark } from "../bullmq/start-mark.js";
import { type JobOutcome, type QueueWorker, startWorker } from "../bullmq/start-worker.js";
import type { PartialSink } from "../events/partial-texts.js";
import { chooseProgress } from "../events/progress-writes.js";
import { openRunningJob } from "../events/running-job.js";
import { toFailure } from "./failed-attempts.js";
import { deadlineExceeded } from "./failure.js";
import { createJobAttempts, failJob } from "./job-attempts.js";
import { createResultKeeper } from "./keep-results.js";
import { Requeue } from "./requeue.js";
import { readResult, storeResult } from "./store-result.js";

/** A job that this worker has claimed and runs. */
export interface ConsumedJob {
  id: string;
  data: JobData;
  /** From submission to the start of this attempt, in milliseconds. */
  waitedMs: number;
  /** Aborts when the job is cancelled, or when its lock is lost and another worker may have it. */
  signal: AbortSignal;
  /**
   * Called just before the job runs: if the worker dies from now on, the job is a suspect.
   *
   * @throws {PrecisError} `text_lost` when the text has expired or was deleted.
   */
  readText(): Promise<string>;
  /** Never rejects: losing progress fails no job. */
  reportProgress(progress: JobProgress): void;
  /** Publishes the text so far while the job has followers. */
  partials: PartialSink;
}

/** The consuming side of the queue. */
export type Consumer = Omit<QueueWorker, "isPaused">;

export interface ConsumeOptions {
  keys: Keys;
  redis: Redis;
  /** Shown on each job this worker claims. */
  workerId: string;
  concurrency: number;
  /** A lock that is not renewed for this long passes to another worker; it is renewed at half of it. */
  lockMs: number;
  /** Attempts a job has for each cause of failure. */
  attempts: number;
  textTtlMs: number;
  handle(job: ConsumedJob): Promise<JobResult>;
  /** A job has failed because model processes or workers kept dying while it ran alone. */
  onQuarantine(jobId: string, data: JobData, failure: JobFailure): void;
  onError(error: Error): void;
  /** Traces each job in the trace it was added in. */
  telemetry?: Telemetry | undefined;
}

/** Claims jobs and passes them to `handle`; stores the result before the job counts as completed. */
export function consumeJobs(options: ConsumeOptions): Consumer {
  const { redis, keys } = options;
  const queue = { redis, keys: bullKeys(keys, summarizeQueueName) };
  const attempts = createJobAttempts({ limit: options.attempts, onQuarantine: options.onQuarantine });
  const results = createResultKeeper();
  /** Start marks of the jobs that run here. */
  const started = new Map<string, StartMark>();

  const run = async (job: ClaimedJob, signal: AbortSignal): Promise<JobOutcome> => {
    const { id } = job;
    const data = jobDataSchema.parse(job.data);
    if (data.startBy !== undefined && Date.now() > data.startBy) throw deadlineExceeded(data.startBy);
    const finish = (result: JobResult): JobOutcome => ({ type: "completed", value: { tokens: result.output_tokens } });
    // BullMQ could not complete the job, as when Redis was full, after its result had been stored.
    const stored = job.wasClaimedBefore ? await readResult(redis, keys, id) : undefined;
    if (stored !== undefined) return finish(stored);
    const running = openRunningJob(redis, keys, id, () => worker.cancel(id));
    const isWorthWriting = chooseProgress();
    const handle = () =>
      options.handle({
        id,
        data,
        waitedMs: Math.max(0, job.claimedAt - job.createdAt),
        signal,
        readText: async () => {
          const mark = job.startMark(data.isolation === "worker" ? "alone" : "shared");
          started.set(id, mark);
          const text = await running.readText(options.textTtlMs, mark);
          if (text === null) throw new PrecisError("text_lost", "the text of the job has expired or was removed");
          return text;
        },
        reportProgress: (progress) => {
          running.check();
          if (isWorthWriting(progress, running.partials.wanted)) job.updateProgress(progress).catch(() => {});
        },
        partials: running.partials,
      });
    const result = results.take(id) ?? (await handle());
    const write = () => storeResult(redis, keys, id, result, data.resultTtlSeconds);
    const isStored = !signal.aborted && (await results.store(id, result, signal, write));
    if (!isStored) throw new PrecisError("cancelled", "the job was cancelled while it ran");
    return finish(result);
  };

  const process = async (job: ClaimedJob, signal: AbortSignal): Promise<JobOutcome> => {
    try {
      // Before anything else: after the next claim it could not be known any more.
      const outcome = await attempts.judgeStall(job);
      if (outcome !== undefined) return outcome;
      // A BullMQ 6.7 worker that is paused while it waits for a job still claims the next one.
      if (worker.isPaused()) throw new Requeue("this worker claims no jobs");
      return await run(job, signal);
    } catch (error) {
      if (error instanceof Requeue) return await requeue(job, error);
      if (error instanceof PrecisError && !error.retriable) return failJob(error);
      return await attempts.failAttempt(job, toFailure(error));
    } finally {
      started.delete(job.id);
    }
  };

  const worker = startWorker(summarizeQueueName, {
    ...options,
    // BullMQ would fail every job of a worker that died this often; `JobAttempts` fails the ones to blame.
    maxStalledCount: Number.MAX_SAFE_INTEGER,
    metricsMinutes,
    process,
    onLockLost: (ids) => {
      for (const id of ids) {
        const mark = started.get(id);
        if (mark !== undefined) clearOwnStart(queue, id, mark).catch(() => {});
      }
    },
  });
  return worker;
}

async function requeue(job: ClaimedJob, { delayMs, isolation }: Requeue): Promise<JobOutcome> {
  if (isolation !== undefined) {
    // A wider isolation stays.
    const current = job.data.isolation as IsolationScope | undefined;
    await job.updateData({ ...job.data, isolation: current ?? isolation });
  }
  return delayMs > 0 ? { type: "delayed", until: Date.now() + delayMs } : { type: "waiting" };
}
