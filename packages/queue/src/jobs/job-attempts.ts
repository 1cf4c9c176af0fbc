import { type JobData, type JobFailure, jobDataSchema, omitUndefined } from "@precis/contracts";
import type { ClaimedJob } from "../bullmq/claimed-job.js";
import { formatReason } from "../bullmq/failed-reason.js";
import type { JobOutcome } from "../bullmq/start-worker.js";
import { countFailure, isDeath } from "./failed-attempts.js";

/** Counts the attempts of jobs by cause, in the data of each job. */
export interface JobAttempts {
  /** The outcome of an attempt that failed: the end of the job, or another attempt. */
  failAttempt(job: ClaimedJob, failure: JobFailure): Promise<JobOutcome>;
  /**
   * Judges a job whose previous worker died while it ran: if the worker ran other jobs too, any of them may be to blame, so no
   * attempt is counted and each of them is a suspect.
   *
   * @returns the outcome when the job ran alone and has no attempt left
   */
  judgeStall(job: ClaimedJob): Promise<JobOutcome | undefined>;
}

export interface JobAttemptsOptions {
  /** Attempts a job has for each cause of failure. */
  limit: number;
  onQuarantine(jobId: string, data: JobData, failure: JobFailure): void;
}

export function createJobAttempts({ limit, onQuarantine }: JobAttemptsOptions): JobAttempts {
  const failAttempt = async (job: ClaimedJob, failure: JobFailure): Promise<JobOutcome> => {
    // Data that another version has written may be the very failure.
    const { data } = jobDataSchema.safeParse(job.data);
    const { final, isQuarantined, failures } = countFailure(data?.failedAttempts ?? [], failure, limit);
    if (isQuarantined && final !== undefined && data !== undefined) onQuarantine(job.id, data, final);
    if (final !== undefined) return failJob(final);
    // A job that has killed a process on its own must not kill others' next time.
    const isolation = data?.isolation ?? (isDeath(failure.code) ? "process" : undefined);
    await job.updateData({ ...job.data, failedAttempts: failures, ...omitUndefined({ isolation }) });
    return { type: "retry", reason: formatReason(failure.code, failure.message) };
  };
  return {
    failAttempt,
    judgeStall: async (job) => {
      const mode = await job.readStalledStart();
      if (mode === "shared") await job.updateData({ ...job.data, isolation: "worker" });
      if (mode !== "alone") return undefined;
      const outcome = await failAttempt(job, { code: "worker_died", message: "the worker died" });
      if (outcome.type === "failed") return outcome;
      await job.countAttempt();
      return undefined;
    },
  };
}

/** The job fails for good. */
export function failJob({ code, message }: JobFailure): JobOutcome {
  return { type: "failed", reason: formatReason(code, message) };
}
