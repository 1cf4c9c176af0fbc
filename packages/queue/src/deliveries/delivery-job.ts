import { type DeliveryData, type JobData, omitUndefined } from "@precis/contracts";
import { isJobId } from "../jobs/job-id.js";

/** Name of all jobs in the queue of deliveries. */
export const deliveryName = "deliver";

/** The delivery that is added with a job. */
export function deliveryIdOf(jobId: string): string {
  return `delivery_${jobId}`;
}

/** Ids of deliveries that are added later: a second one only while the first is being delivered. */
export function laterDeliveryIdsOf(jobId: string): string[] {
  return [`${deliveryIdOf(jobId)}_again`, `${deliveryIdOf(jobId)}_again2`];
}

/** The job that a delivery belongs to; `undefined` for a string that is not the id of a delivery. */
export function jobIdOfDelivery(id: string): string | undefined {
  const jobId = /^delivery_(job_\w+?)(?:_again2?)?$/.exec(id)?.[1];
  return jobId !== undefined && isJobId(jobId) ? jobId : undefined;
}

/** Data of the delivery of a job; `undefined` when the job has no webhook. */
export function deliveryDataOf(jobId: string, job: JobData): DeliveryData | undefined {
  const { webhook, resultTtlSeconds, requestId } = job;
  if (webhook === undefined) return undefined;
  return { version: 1, jobId, webhook, resultTtlSeconds, ...omitUndefined({ requestId }) };
}
