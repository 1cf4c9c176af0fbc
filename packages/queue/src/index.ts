export type { BatchRecord } from "./batches/read-batch.js";
export type { BatchSubmission } from "./batches/submit-batch.js";
export { queueStates } from "./bullmq/count-jobs.js";
export { failureFields } from "./bullmq/job-hash.js";
export { defaultPriority } from "./bullmq/job-options.js";
export { readPausedQueues } from "./bullmq/paused-queues.js";
export {
  type ConsumedDelivery,
  consumeDeliveries,
  type DeliveryOutcome,
} from "./deliveries/consume-deliveries.js";
export { jobIdOfDelivery } from "./deliveries/delivery-job.js";
export { type DeliveryQueue, openDeliveryQueue } from "./deliveries/delivery-queue.js";
export { setGlobalConcurrency } from "./depth/global-concurrency.js";
export type { QueueDepth } from "./depth/read-depth.js";
export type { PartialSink } from "./events/partial-texts.js";
export { type JobSignal, type JobWatcher, openJobWatcher } from "./events/watch-jobs.js";
export type { Once, OnceOutcome } from "./idempotency/submit-once.js";
export { type ConsumedJob, type Consumer, consumeJobs } from "./jobs/consume-jobs.js";
export { describeJob } from "./jobs/describe-job.js";
export { deadlineExceeded } from "./jobs/failure.js";
export { createJobActions, type JobActions } from "./jobs/job-actions.js";
export { isBatchId, isJobId } from "./jobs/job-id.js";
export { type JobQueue, openJobQueue } from "./jobs/job-queue.js";
export { type JobRecord, readJob } from "./jobs/read-job.js";
export { Requeue } from "./jobs/requeue.js";
