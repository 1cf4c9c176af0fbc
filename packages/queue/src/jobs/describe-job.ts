import { type JobView, omitUndefined } from "@precis/contracts";
import type { JobRecord } from "./read-job.js";

/** A job as HTTP and webhooks show it, without the links, which only HTTP has. */
export function describeJob(job: JobRecord): Omit<JobView, "links"> {
  const iso = (time: number) => new Date(time).toISOString();
  const { startedAt, finishedAt } = job;
  return {
    ...job.result,
    id: job.id,
    status: job.status,
    model: job.data.model,
    ...omitUndefined({ progress: job.progress }),
    timings: {
      created_at: iso(job.createdAt),
      ...(startedAt === undefined
        ? {}
        : { started_at: iso(startedAt), waited_ms: Math.max(0, startedAt - job.createdAt) }),
      ...(finishedAt === undefined ? {} : { finished_at: iso(finishedAt) }),
      ...(startedAt === undefined || finishedAt === undefined ? {} : { ran_ms: finishedAt - startedAt }),
    },
    attempts: job.attempts,
    ...omitUndefined({ priority: job.data.priority }),
    ...omitUndefined({ metadata: job.data.metadata }),
    ...(job.data.batch === undefined ? {} : { batch: job.data.batch.id }),
    ...omitUndefined({ error: job.failure }),
  };
}
