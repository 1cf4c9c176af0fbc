export { type ConsumedJob, type Consumer, consumeJobs, Requeue } from "./consume-jobs.js";
export { type JobQueue, openJobQueue } from "./job-queue.js";
export type { JobRecord } from "./read-job.js";
export { type JobWatcher, openJobWatcher } from "./watch-jobs.js";
