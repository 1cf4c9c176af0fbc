import type { JobView } from "@precis/contracts";
import { describeJob, type JobRecord } from "@precis/queue";

export const jobPath = (id: string) => `/api/v1/jobs/${id}`;

/** Where to go on from a job. */
export const jobLinks = (id: string) => ({
  self: jobPath(id),
  events: `${jobPath(id)}/events`,
  cancel: `${jobPath(id)}/cancel`,
});

/** A job as HTTP shows it. */
export function viewJob(job: JobRecord): JobView {
  const { position } = job;
  return { ...describeJob(job), ...(position === undefined ? {} : { position }), links: jobLinks(job.id) };
}
