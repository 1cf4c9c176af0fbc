import { sendCommand } from "@precis/control";
import { createJobActions, type JobActions } from "@precis/queue";
import type { Services } from "../services.js";

/** A worker stops within one token. One that takes longer was cut off from Redis, and will drop its result. */
const stopTimeoutMs = 5_000;

/** Cancel, retry and delete; a running job is stopped through the control channel. */
export function jobActions({ queue, deliveries, watcher, redis, keys }: Services): JobActions {
  return createJobActions({
    queue,
    deliveries,
    watcher,
    stopTimeoutMs,
    requestStop: (jobId) => {
      sendCommand(redis, keys, { type: "cancel", jobId }, { timeoutMs: stopTimeoutMs }).catch(() => {});
    },
  });
}
