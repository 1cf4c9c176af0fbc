import { type JobResult, PrecisError } from "@precis/contracts";
import { Requeue } from "@precis/queue";
import type { SummarizeTask } from "./model-process.js";

/** A job that waits for its model process, or is in it. */
export interface PendingJob {
  task: SummarizeTask;
  /** Other jobs were in the process at the same time. */
  wasShared?: boolean;
  resolve(result: JobResult): void;
  reject(error: Error): void;
}

/** @param when as in `while it ran` */
export const cancelled = (when: string) => new PrecisError("cancelled", `the job was cancelled ${when}`);

/** Rejects jobs that are in no process any more. */
export function rejectAll(jobs: Iterable<PendingJob>, error: Error): void {
  for (const { task, reject } of jobs) {
    reject(error);
    task.onLeave?.();
  }
}

/** What a failed run means for a job: of several in a batch any may be to blame, so each is tried again, alone. */
export function runFailure({ wasShared }: PendingJob, error: Error): Error {
  if (!wasShared || !(error instanceof PrecisError) || error.code !== "generation_failed") return error;
  return new Requeue(`${error.message}: the job shared its batch and is tried alone`, 0, "process");
}

/** What the death of a process means for its jobs: of several any may have killed it, so each is tried again, alone. */
export function processDeath(jobs: number, death: Error): Error {
  if (jobs < 2) return death;
  return new Requeue(`${death.message} while it ran ${jobs} jobs: each is tried alone`, 0, "process");
}
