import type { WebhookBody, WebhookEvent } from "@precis/contracts";
import { describeJob, readJob } from "@precis/queue";
import type { Keys, Redis } from "@precis/redis";
import { readBody } from "@precis/webhooks";

/**
 * The body about a job's last end. The one that was kept counts only once the job itself has expired: a retried job has
 * another end by now, or none yet.
 */
export async function findBody(redis: Redis, keys: Keys, jobId: string): Promise<WebhookBody | "gone" | "not-ended"> {
  const job = await readJob(redis, keys, jobId);
  if (job === undefined) return (await readBody(redis, keys, jobId)) ?? "gone";
  if (job.finishedAt === undefined) return "not-ended";
  return {
    type: `summary.${job.status as WebhookEvent}`,
    timestamp: new Date(job.finishedAt).toISOString(),
    data: describeJob(job),
  };
}

export const eventOf = (body: WebhookBody) => body.type.slice("summary.".length) as WebhookEvent;
