export type { BatchRecord } from "./batches/batch.js";
export type { EndOutcome } from "./bullmq/fail-waiting.js";
export {
  type ConsumedDelivery,
  consumeDeliveries,
  type DeliveryOutcome,
} from "./deliveries/consume-deliveries.js";
export { type DeliveryQueue, openDeliveryQueue } from "./deliveries/delivery-queue.js";
export { limitFleet, readFleetLimit } from "./depth/global-concurrency.js";
export { type QueueDepth, queueStates, readDepth } from "./depth/read-depth.js";
export { readThroughput } from "./depth/read-throughput.js";
export type { PartialSink } from "./events/running-job.js";
export { type JobSignal, type JobWatcher, openJobWatcher } from "./events/watch-jobs.js";
export type { Once, OnceOutcome } from "./idempotency/submit-once.js";
export { type ConsumedJob, type Consumer, consumeJobs, Requeue } from "./jobs/consume-jobs.js";
export { describeJob } from "./jobs/describe-job.js";
export { deadlineExceeded } from "./jobs/failure.js";
export { isJobId } from "./jobs/job-id.js";
export { type BatchSubmission, type JobQueue, openJobQueue } from "./jobs/job-queue.js";
export { type JobRecord, readJob } from "./jobs/read-job.js";
export type { RetryOutcome } from "./jobs/retry-job.js";
