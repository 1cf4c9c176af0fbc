import { type JobData, type JobFailure, jobDataSchema } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";
import { type Job, UnrecoverableError } from "bullmq";
import { countAttempt, readStalledStart } from "../bullmq/start-mark.js";
import { countFailure, isDeath, toBullError } from "./failed-attempts.js";

/** Keeps account of what became of a job's attempts, in the job itself. */
export interface JobAttempts {
  /** What an attempt that failed comes to: an error that ends the job, or one after which BullMQ tries it again. */
  end(job: Job, failure: JobFailure): Promise<Error>;
  /**
   * Draws the conclusions when the worker that had the job before died: if it ran others too, any of them may be to blame,
   * so that counts for none, and each is a suspect.
   *
   * @throws {UnrecoverableError} when the job ran alone and has no attempt left
   */
  judgeStall(job: Job): Promise<void>;
}

export interface JobAttemptsOptions {
  redis: Redis;
  keys: Keys;
  /** Attempts a job has for each cause of failure. */
  limit: number;
  onQuarantine(jobId: string, data: JobData, failure: JobFailure): void;
}

export function createJobAttempts({ redis, keys, limit, onQuarantine }: JobAttemptsOptions): JobAttempts {
  const end = async (job: Job, failure: JobFailure): Promise<Error> => {
    // Data that another version has written may be the very failure.
    const { data } = jobDataSchema.safeParse(job.data);
    const { final, isQuarantined, failures } = countFailure(data?.failedAttempts ?? [], failure, limit);
    if (isQuarantined && final !== undefined && data !== undefined) onQuarantine(job.id as string, data, final);
    if (final !== undefined) return toBullError(final, true);
    // A job that has killed a process on its own must not take others with it the next time.
    const isolation = data?.isolation ?? (isDeath(failure.code) ? "process" : undefined);
    await job.updateData({ ...job.data, failedAttempts: failures, ...(isolation === undefined ? {} : { isolation }) });
    return toBullError(failure, false);
  };
  return {
    end,
    judgeStall: async (job) => {
      const ran = await readStalledStart(redis, keys, job);
      if (ran === "shared") await job.updateData({ ...job.data, isolation: "worker" });
      if (ran !== "alone") return;
      const error = await end(job, { code: "worker_died", message: "the worker died" });
      if (error instanceof UnrecoverableError) throw error;
      await countAttempt(redis, keys, job);
    },
  };
}
