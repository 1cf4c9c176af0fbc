import { errorCodes, type JobFailure, PrecisError } from "@precis/contracts";
import { isStalledReason, parseReason } from "../bullmq/failed-reason.js";

/** The job could not start in time, so the work is not worth doing. */
export function deadlineExceeded(startBy: number): PrecisError {
  return new PrecisError("deadline_exceeded", `the job could not start by ${new Date(startBy).toISOString()}`);
}

/** The failure behind a reason that BullMQ stores, its own reasons included. */
export function parseFailure(reason: string): JobFailure {
  const parsed = parseReason(reason);
  const code = errorCodes.find((known) => known === parsed?.code);
  if (code !== undefined && parsed !== undefined) return { code, message: parsed.message };
  if (isStalledReason(reason)) {
    return { code: "worker_died", message: "every worker that claimed the job died before it was done" };
  }
  return { code: "internal", message: "the job failed for a reason that is in the log of the worker" };
}
