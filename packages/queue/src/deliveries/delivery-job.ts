import type { DeliveryData, JobData, Webhook } from "@precis/contracts";
import type { FlowJob, JobsOptions } from "bullmq";
import { webhooksQueueName } from "../bullmq/queue-names.js";

/** The delivery that is added with a job, and the one later redeliveries start from. */
export function deliveryIdOf(jobId: string): string {
  return `delivery_${jobId}`;
}

/** For the board only: what became of a delivery is told by its log. */
const kept = { age: 24 * 3_600, count: 10_000 };

/** @param scheduleMs wait before each attempt; its length is the number of attempts */
export function deliveryOptions(id: string, scheduleMs: readonly number[]): JobsOptions {
  return {
    jobId: id,
    attempts: scheduleMs.length,
    // The wait is chosen by the worker that saw the failure: the answer has a say in it.
    backoff: { type: "custom" },
    delay: scheduleMs[0] ?? 0,
    stackTraceLimit: 0,
    removeOnComplete: kept,
    removeOnFail: kept,
  };
}

/**
 * A summarize job under its delivery. The delivery is the flow parent: Redis itself starts it when the job completes,
 * fails for good or is removed, in the same step, so no crash can fall between the end of a job and telling of it.
 * Such an add costs about three plain ones, so only jobs with a webhook are added this way.
 */
export function deliveryFlow(
  job: { name: string; queueName: string; data: JobData; opts: JobsOptions & { jobId: string } },
  webhook: Webhook,
  scheduleMs: readonly number[],
): FlowJob {
  const { resultTtlSeconds, requestId } = job.data;
  const data: DeliveryData = {
    version: 1,
    jobId: job.opts.jobId,
    webhook,
    resultTtlSeconds,
    ...(requestId === undefined ? {} : { requestId }),
  };
  return {
    name: "deliver",
    queueName: webhooksQueueName,
    data,
    opts: deliveryOptions(deliveryIdOf(job.opts.jobId), scheduleMs) as NonNullable<FlowJob["opts"]>,
    children: [{ ...job, opts: { ...job.opts, continueParentOnFailure: true } as NonNullable<FlowJob["opts"]> }],
  };
}
