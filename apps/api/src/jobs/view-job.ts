import { type JobLinks, type JobView, omitUndefined } from "@precis/contracts";
import { describeJob, type JobRecord } from "@precis/queue";

/** @param prefix path prefix that a proxy strips */
export const jobPath = (id: string, prefix = "") => `${prefix}/api/v1/jobs/${id}`;

export const deliveriesPath = (id: string, prefix = "") => `${jobPath(id, prefix)}/deliveries`;

/** Links from a job to its other routes. */
export const jobLinks = (id: string, hasWebhook: boolean, prefix = ""): JobLinks => ({
  self: jobPath(id, prefix),
  events: `${jobPath(id, prefix)}/events`,
  cancel: `${jobPath(id, prefix)}/cancel`,
  ...(hasWebhook ? { deliveries: deliveriesPath(id, prefix) } : {}),
});

/**
 * A job as the API returns it.
 *
 * @param prefix path prefix that a proxy strips, for the links
 */
export function viewJob(job: JobRecord, prefix = ""): JobView {
  const { position } = job;
  const links = jobLinks(job.id, job.data.webhook !== undefined, prefix);
  return { ...describeJob(job), ...omitUndefined({ position }), links };
}
