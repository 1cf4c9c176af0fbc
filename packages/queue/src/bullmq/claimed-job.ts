import type { Job } from "bullmq";
import type { OpenQueue } from "./open-queue.js";
import { countAttempt, type RunMode, readStalledStart, type StartMark, startMark } from "./start-mark.js";

/** A job that this worker has claimed. */
export interface ClaimedJob {
  readonly id: string;
  /** As stored; to be parsed. */
  readonly data: Record<string, unknown>;
  /** Unix ms. */
  readonly createdAt: number;
  /** Unix ms. */
  readonly claimedAt: number;
  /** Attempts before this one. */
  readonly attempts: number;
  /** Whether a worker has had this job before, whatever became of it. */
  readonly wasClaimedBefore: boolean;
  updateData(data: object): Promise<void>;
  updateProgress(progress: object): Promise<void>;
  startMark(mode: RunMode): StartMark;
  /** How the job was running when the worker that had it before died. */
  readStalledStart(): Promise<RunMode | undefined>;
  /** Counts an attempt that ended with the death of its worker. */
  countAttempt(): Promise<void>;
}

export function claimedJob(job: Job, queue: Pick<OpenQueue, "redis" | "keys">): ClaimedJob {
  const id = job.id as string;
  return {
    id,
    get data() {
      return job.data;
    },
    createdAt: job.timestamp,
    claimedAt: job.processedOn ?? Date.now(),
    get attempts() {
      return job.attemptsMade;
    },
    wasClaimedBefore: job.attemptsStarted > 1,
    updateData: (data) => job.updateData(data),
    updateProgress: (progress) => job.updateProgress(progress),
    startMark: (mode) => startMark(job, mode),
    readStalledStart: () => readStalledStart(queue, id, job),
    countAttempt: () => countAttempt(queue, job),
  };
}
