import type { FlowJob, FlowProducer, JobsOptions } from "bullmq";
import type { OpenQueue } from "./open-queue.js";
import { webhooksQueueName } from "./queue-names.js";

/** A job to add. One whose id exists is not added again, and stays as it is. */
export interface NewBullJob {
  id: string;
  name: string;
  data: object;
  options: JobsOptions;
}

/** Adds jobs with one command each, sent together. When it rejects, some of them may have been added. */
export async function addJobs({ bull }: Pick<OpenQueue, "bull">, jobs: readonly NewBullJob[]): Promise<void> {
  const [first] = jobs;
  if (first !== undefined && jobs.length === 1) await bull.add(first.name, first.data, optionsOf(first));
  else if (first !== undefined) {
    await bull.addBulk(jobs.map((job) => ({ name: job.name, data: job.data, opts: optionsOf(job) })));
  }
}

/**
 * Adds each job as the only child of its delivery. Redis itself starts the delivery when the job completes, fails or is
 * removed, in the same step, so that a crash cannot come between the end of a job and its webhook. Such an add costs about
 * three plain ones, so only jobs with a webhook are added this way.
 */
export async function addWithDeliveries(
  { bull, redis, keys }: OpenQueue,
  flows: FlowProducer,
  pairs: readonly { job: NewBullJob; delivery: NewBullJob }[],
): Promise<void> {
  if (pairs.length === 0) return;
  const queueName = bull.name;
  const flowOf = ({ job, delivery }: (typeof pairs)[number]): FlowJob => {
    const opts = { ...bull.defaultJobOptions, ...optionsOf(job), continueParentOnFailure: true };
    return {
      name: delivery.name,
      queueName: webhooksQueueName,
      data: delivery.data,
      opts: optionsOf(delivery) as FlowJobOptions,
      children: [{ name: job.name, queueName, data: job.data, opts: opts as FlowJobOptions }],
    };
  };
  await Promise.all(pairs.map((pair) => flows.add(flowOf(pair))));
  // BullMQ 6.7 rejects when the parent was not written, but ignores errors of its children.
  const written = await redis.exists(pairs.map(({ job }) => keys.job(job.id)));
  if (written < pairs.length) throw new Error("BullMQ did not write a job that has a webhook");
}

type FlowJobOptions = NonNullable<FlowJob["opts"]>;

function optionsOf({ id, options }: NewBullJob): JobsOptions & { jobId: string } {
  return { ...options, jobId: id };
}
