import type { JobView } from "@precis/contracts";
import type { JobRecord } from "@precis/queue";

export const jobPath = (id: string) => `/api/v1/jobs/${id}`;

/** Where to go on from a job. */
export const jobLinks = (id: string) => ({
  self: jobPath(id),
  events: `${jobPath(id)}/events`,
  cancel: `${jobPath(id)}/cancel`,
});

/** A job as HTTP shows it. */
export function viewJob(job: JobRecord): JobView {
  const iso = (time: number) => new Date(time).toISOString();
  const { startedAt, finishedAt } = job;
  return {
    ...job.result,
    id: job.id,
    status: job.status,
    model: job.data.model,
    ...(job.progress === undefined ? {} : { progress: job.progress }),
    timings: {
      created_at: iso(job.createdAt),
      ...(startedAt === undefined
        ? {}
        : { started_at: iso(startedAt), waited_ms: Math.max(0, startedAt - job.createdAt) }),
      ...(finishedAt === undefined ? {} : { finished_at: iso(finishedAt) }),
      ...(startedAt === undefined || finishedAt === undefined ? {} : { ran_ms: finishedAt - startedAt }),
    },
    attempts: job.attempts,
    ...(job.failure === undefined ? {} : { error: job.failure }),
    links: jobLinks(job.id),
  };
}
