export { type ConsumedJob, type Consumer, consumeJobs, Requeue } from "./consume-jobs.js";
export type { EndOutcome } from "./end-waiting.js";
export { deadlineExceeded } from "./failure.js";
export { type JobQueue, openJobQueue } from "./job-queue.js";
export type { PartialSink } from "./partials.js";
export { type QueueDepth, queueStates, readDepth } from "./read-depth.js";
export type { JobRecord } from "./read-job.js";
export type { RetryOutcome } from "./retry-job.js";
export { type JobSignal, type JobWatcher, openJobWatcher } from "./watch-jobs.js";
