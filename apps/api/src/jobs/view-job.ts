import type { JobView } from "@precis/contracts";
import type { JobRecord } from "@precis/queue";

export const jobPath = (id: string) => `/api/v1/jobs/${id}`;

/** Where to go on from a job. */
export const jobLinks = (id: string) => ({
  self: jobPath(id),
  events: `${jobPath(id)}/events`,
  cancel: `${jobPath(id)}/cancel`,
});

/** A job as HTTP shows it; with its place in the queue where that was asked for. */
export function viewJob(job: JobRecord, position?: number): JobView {
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
    ...(position === undefined ? {} : { position }),
    ...(job.data.priority === undefined ? {} : { priority: job.data.priority }),
    ...(job.data.metadata === undefined ? {} : { metadata: job.data.metadata }),
    ...(job.data.batch === undefined ? {} : { batch: job.data.batch.id }),
    ...(job.failure === undefined ? {} : { error: job.failure }),
    links: jobLinks(job.id),
  };
}
