import { omitUndefined } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";
import {
  DelayedError,
  type Job,
  type Telemetry,
  UnrecoverableError,
  WaitingError,
  Worker,
  type WorkerOptions,
} from "bullmq";
import { type ClaimedJob, claimedJob } from "./claimed-job.js";
import { type BullKeys, bullKeys } from "./keys.js";
import type { QueueName } from "./queue-names.js";

/** What becomes of a job that a worker has claimed. */
export type JobOutcome =
  | { type: "completed"; value: object }
  /** Failed for good. */
  | { type: "failed"; reason: string }
  /** The attempt failed; another one follows after `delayMs`, or after the backoff of the job. */
  | { type: "retry"; reason: string; delayMs?: number }
  /** Back into the queue until `until` (Unix ms); no attempt is counted. */
  | { type: "delayed"; until: number }
  /** Back to the front of the queue; no attempt is counted. */
  | { type: "waiting" };

export interface StartWorkerOptions {
  redis: Redis;
  keys: Keys;
  /** Shown on each job this worker claims. */
  workerId: string;
  concurrency: number;
  /** A lock that is not renewed for this long passes to another worker; it is renewed at half of it. */
  lockMs: number;
  /** How often a job may lose its worker before BullMQ fails it. */
  maxStalledCount: number;
  /** Delay before the next attempt after an error that `process` has thrown; for jobs with the backoff `custom`. */
  errorDelayMs?: number;
  /** Minutes of completed and failed counts that BullMQ keeps for the board. */
  metricsMinutes?: number;
  /** @param signal aborts when the job is cancelled or its lock is lost */
  process(job: ClaimedJob, signal: AbortSignal): Promise<JobOutcome>;
  onError(error: Error): void;
  onLockLost?(jobIds: readonly string[]): void;
  /** Traces each job in the trace it was added in. */
  telemetry?: Telemetry | undefined;
}

export interface QueueWorker {
  /** Claims no jobs until `resume`; running ones continue. */
  pause(): void;
  resume(): void;
  isPaused(): boolean;
  /** Aborts the signal of a job this worker runs; returns whether it runs here. */
  cancel(jobId: string): boolean;
  /** Claims no jobs and resolves when the running ones have ended. */
  close(): Promise<void>;
}

/** The attempt failed, and the next one follows after `delayMs`. */
class AttemptFailed extends Error {
  override readonly name = "AttemptFailed";

  constructor(
    reason: string,
    readonly delayMs: number | undefined,
  ) {
    super(reason);
  }
}

/** Claims jobs of a queue and applies the outcome of `process` to each. */
export function startWorker(queue: QueueName, options: StartWorkerOptions): QueueWorker {
  const bull = bullKeys(options.keys, queue);
  // BullMQ creates a signal only for processors that declare three parameters.
  const process = async (job: Job, token?: string, signal?: AbortSignal) => {
    const claimed = claimedJob(job, { redis: options.redis, keys: bull });
    const outcome = await options.process(claimed, signal ?? new AbortController().signal);
    return applyOutcome(outcome, job, token, options.redis, bull);
  };
  const worker = new Worker(queue, process, bullOptions(options));
  worker.on("error", options.onError);
  worker.on("lockRenewalFailed", (ids: string[]) => options.onLockLost?.(ids));
  return {
    pause: () => void worker.pause(true),
    resume: () => worker.resume(),
    isPaused: () => worker.isPaused(),
    cancel: (jobId) => worker.cancelJob(jobId),
    close: () => worker.close(),
  };
}

function bullOptions(options: StartWorkerOptions): WorkerOptions {
  const { errorDelayMs, metricsMinutes, telemetry } = options;
  return {
    // BullMQ duplicates the connection in order to block on it.
    connection: options.redis,
    prefix: options.keys.prefix,
    name: options.workerId,
    concurrency: options.concurrency,
    lockDuration: options.lockMs,
    stalledInterval: options.lockMs,
    maxStalledCount: options.maxStalledCount,
    settings: {
      backoffStrategy: (_made, _type, error) =>
        (error instanceof AttemptFailed ? error.delayMs : undefined) ?? errorDelayMs ?? 0,
    },
    ...(metricsMinutes === undefined ? {} : { metrics: { maxDataPoints: metricsMinutes } }),
    ...omitUndefined({ telemetry }),
  };
}

async function applyOutcome(
  outcome: JobOutcome,
  job: Job,
  token: string | undefined,
  redis: Redis,
  keys: BullKeys,
): Promise<object> {
  switch (outcome.type) {
    case "completed":
      return outcome.value;
    case "failed":
      throw new UnrecoverableError(outcome.reason);
    case "retry":
      throw new AttemptFailed(outcome.reason, outcome.delayMs);
    case "delayed":
      await job.moveToDelayed(outcome.until, token);
      throw new DelayedError();
    case "waiting":
      await job.moveToWait(token);
      // BullMQ 6.7 wakes no worker when it puts a prioritized job back; a waiting one would sleep on for seconds.
      await redis.zadd(keys.marker, 0, "0");
      throw new WaitingError();
  }
}
