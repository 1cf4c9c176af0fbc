import type { WebhookBody, WebhookEvent } from "@precis/contracts";
import { describeJob, readJob } from "@precis/queue";
import type { Keys, Redis } from "@precis/redis";
import { readStoredBody } from "@precis/webhooks";

/**
 * Reads the event about the last end of a job. The stored body counts only after the job itself has expired, because a
 * retried job has a different end, or none yet.
 */
export async function readEvent(
  redis: Redis,
  keys: Keys,
  jobId: string,
): Promise<WebhookBody | "expired" | "not-ended"> {
  const job = await readJob(redis, keys, jobId);
  if (job === undefined) return (await readStoredBody(redis, keys, jobId)) ?? "expired";
  if (job.finishedAt === undefined) return "not-ended";
  return {
    type: `summary.${job.status as WebhookEvent}`,
    timestamp: new Date(job.finishedAt).toISOString(),
    data: describeJob(job),
  };
}

/** The event as a webhook's `events` names it, without its prefix. */
export const eventNameOf = (body: WebhookBody) => body.type.slice("summary.".length) as WebhookEvent;
