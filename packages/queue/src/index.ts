export type { BatchRecord } from "./batch.js";
export {
  type ConsumedDelivery,
  consumeDeliveries,
  type DeliveryOutcome,
} from "./consume-deliveries.js";
export { type ConsumedJob, type Consumer, consumeJobs, Requeue } from "./consume-jobs.js";
export { type DeliveryQueue, openDeliveryQueue } from "./delivery-queue.js";
export { describeJob } from "./describe-job.js";
export type { EndOutcome } from "./end-waiting.js";
export { deadlineExceeded } from "./failure.js";
export { isJobId } from "./job-id.js";
export { type BatchSubmission, type JobQueue, openJobQueue } from "./job-queue.js";
export { limitFleet, readFleetLimit } from "./limit-fleet.js";
export type { PartialSink } from "./partials.js";
export { type QueueDepth, queueStates, readDepth } from "./read-depth.js";
export { type JobRecord, readJob } from "./read-job.js";
export { readThroughput } from "./read-throughput.js";
export type { RetryOutcome } from "./retry-job.js";
export type { Once, OnceOutcome } from "./submit-once.js";
export { type JobSignal, type JobWatcher, openJobWatcher } from "./watch-jobs.js";
