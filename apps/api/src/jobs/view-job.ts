import type { JobLinks, JobView } from "@precis/contracts";
import { describeJob, type JobRecord } from "@precis/queue";

export const jobPath = (id: string) => `/api/v1/jobs/${id}`;

export const deliveriesPath = (id: string) => `${jobPath(id)}/deliveries`;

/** Links from a job to its other routes. */
export const jobLinks = (id: string, hasWebhook: boolean): JobLinks => ({
  self: jobPath(id),
  events: `${jobPath(id)}/events`,
  cancel: `${jobPath(id)}/cancel`,
  ...(hasWebhook ? { deliveries: deliveriesPath(id) } : {}),
});

/** A job as the API returns it. */
export function viewJob(job: JobRecord): JobView {
  const { position } = job;
  const links = jobLinks(job.id, job.data.webhook !== undefined);
  return { ...describeJob(job), ...(position === undefined ? {} : { position }), links };
}
