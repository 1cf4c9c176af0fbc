import { PrecisError } from "@precis/contracts";
import type { Keys } from "@precis/redis";
import { type FailWaitingOutcome, failWaiting } from "../bullmq/fail-waiting.js";
import { formatReason } from "../bullmq/failed-reason.js";
import type { OpenQueue } from "../bullmq/open-queue.js";

/**
 * Fails a waiting job for the given reason.
 *
 * @param markMs how long to mark a running job as cancelled; 0 leaves it alone
 */
export async function failWaitingJob(
  queue: OpenQueue,
  keys: Keys,
  id: string,
  { code, message }: PrecisError,
  markMs: number,
): Promise<FailWaitingOutcome> {
  const options = { resultKey: keys.result(id), cancelledKey: keys.cancelled(id), markMs };
  return failWaiting(queue, id, formatReason(code, message), options);
}

const cancelledWaiting = new PrecisError("cancelled", "the job was cancelled before it started");

export type CancelOutcome = "cancelled" | Exclude<FailWaitingOutcome, "failed">;

/** Ends a waiting job as cancelled, or marks a running one: its worker drops the result. */
export async function cancelJob(queue: OpenQueue, keys: Keys, id: string, textTtlMs: number): Promise<CancelOutcome> {
  const outcome = await failWaitingJob(queue, keys, id, cancelledWaiting, textTtlMs);
  return outcome === "failed" ? "cancelled" : outcome;
}
