export { type ConsumedJob, type Consumer, consumeJobs, Requeue } from "./consume-jobs.js";
export { deadlineExceeded } from "./failure.js";
export { type JobQueue, openJobQueue } from "./job-queue.js";
export type { PartialSink } from "./partials.js";
export type { JobRecord } from "./read-job.js";
export { type JobSignal, type JobWatcher, openJobWatcher } from "./watch-jobs.js";
