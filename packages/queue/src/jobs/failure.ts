import { errorCodes, type JobFailure, PrecisError } from "@precis/contracts";

/** The job could not start in time, so it is not worth the work any more. */
export function deadlineExceeded(startBy: number): PrecisError {
  return new PrecisError("deadline_exceeded", `the job could not start by ${new Date(startBy).toISOString()}`);
}

/** Reads a failure back from BullMQ's `failedReason`, its own reasons included. */
export function fromFailedReason(reason: string): JobFailure {
  const match = /^([a-z_]+): (.*)$/s.exec(reason);
  const code = errorCodes.find((known) => known === match?.[1]);
  if (code !== undefined && match?.[2] !== undefined) return { code, message: match[2] };
  if (/stalled/.test(reason)) {
    return { code: "worker_died", message: "every worker that took the job died before it was done" };
  }
  return { code: "internal", message: "the job failed for a reason that was written to the worker's log" };
}
