import type { Keys } from "@precis/redis";
import { addJobs, addWithDeliveries, type NewBullJob } from "../bullmq/add-jobs.js";
import { deliveryOptions, summarizeOptions } from "../bullmq/job-options.js";
import type { FlowProducer, OpenQueue } from "../bullmq/open-queue.js";
import { deliveryDataOf, deliveryIdOf, deliveryName } from "../deliveries/delivery-job.js";
import { deleteJobData } from "./delete-job.js";
import type { NewJob } from "./new-job.js";
import { storeText } from "./store-text.js";

export interface JobAdderOptions {
  queue: OpenQueue;
  flows: FlowProducer;
  keys: Keys;
  textTtlMs: number;
  /** Delays before each attempt to deliver a webhook. */
  scheduleMs: readonly number[];
}

/**
 * Writes texts, index entries and jobs; when it resolves, all of them are in Redis. Adding a job whose id exists changes
 * nothing.
 *
 * @param isNew whether no job can have one of these ids yet, so that after a failure they are removed again
 * @throws when any part was not written; then none of the jobs is accepted.
 */
export type AddJobs = (jobs: readonly NewJob[], isNew: boolean) => Promise<void>;

export function createJobAdder(options: JobAdderOptions): AddJobs {
  const { queue, keys, textTtlMs } = options;
  return async (jobs, isNew) => {
    try {
      // Every text is in Redis before its job is sent, so no worker can claim a job without a text.
      await settle(jobs.map((job) => storeText(queue.redis, keys, job, textTtlMs)));
      await addToBull(options, jobs);
    } catch (error) {
      if (isNew) rollBack(options, jobs);
      throw error;
    }
  };
}

async function addToBull({ queue, flows, scheduleMs }: JobAdderOptions, jobs: readonly NewJob[]): Promise<void> {
  const plain: NewBullJob[] = [];
  const pairs: { job: NewBullJob; delivery: NewBullJob }[] = [];
  for (const { id, data } of jobs) {
    const job = { id, name: "summarize", data, options: summarizeOptions(data.priority) };
    const deliveryData = deliveryDataOf(id, data);
    if (deliveryData === undefined) plain.push(job);
    else {
      const options = deliveryOptions(scheduleMs);
      pairs.push({ job, delivery: { id: deliveryIdOf(id), name: deliveryName, data: deliveryData, options } });
    }
  }
  await settle([addJobs(queue, plain), addWithDeliveries(queue, flows, pairs)]);
}

/**
 * Removes jobs that are not accepted, but may be in Redis or will be: it may execute a command after its caller has stopped
 * waiting. Commands of one connection are executed in order, so these come after the job even then. Nobody waits for them, and
 * they may fail: if the connection is lost, what Redis has done stays, until the sweep.
 */
function rollBack({ queue, keys }: JobAdderOptions, jobs: readonly NewJob[]): void {
  for (const { id, data } of jobs) {
    queue.bull.remove(id).catch(() => {});
    deleteJobData(queue.redis, keys, id, data).catch(() => {});
  }
}

/** Waits for all, so that nothing is sent after a rollback; then rejects with the first error. */
async function settle(work: readonly Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(work)) if (outcome.status === "rejected") throw outcome.reason;
}
