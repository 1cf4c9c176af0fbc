import { type DeliveriesView, type DeliveryAttempt, deliveriesViewSchema } from "@precis/contracts";
import type { JobRecord } from "@precis/queue";
import { buildMessageId, readAttempts, trackEndpoint } from "@precis/webhooks";
import type { Handler } from "hono";
import { jobParams } from "../jobs/job-params.js";
import { problemContent } from "../problem/problem.js";
import type { RouteDocs } from "../route.js";
import type { Services } from "../services.js";
import { readJobWithWebhook } from "./read-job-with-webhook.js";

export const listDeliveriesDocs: RouteDocs = {
  summary: "List the webhook deliveries of a job",
  request: { params: jobParams },
  responses: {
    200: { description: "Every attempt kept", content: { "application/json": { schema: deliveriesViewSchema } } },
    404: { description: "Job not found, or it has no webhook", content: problemContent },
    503: { description: "Redis is unavailable", content: problemContent },
  },
};

/** `GET /api/v1/jobs/{id}/deliveries` */
export function listDeliveries({ config, redis, keys, queue }: Services): Handler {
  const limits = {
    failures: config.webhookPauseFailures,
    afterMs: config.webhookPauseAfterMs,
    probeEveryMs: config.webhookProbeEveryMs,
  };
  return async (c) => {
    const id = c.req.param("id") ?? "";
    const { job, webhook } = await readJobWithWebhook(queue, id);
    const attempts = await readAttempts(redis, keys, id);
    const endpoint = await trackEndpoint(redis, keys, webhook.url, limits).read();
    const { origin, pathname } = new URL(webhook.url);
    const state = deliveryState(job, attempts, endpoint.state === "paused");
    return c.json({ job_id: id, url: `${origin}${pathname}`, events: webhook.events, state, endpoint, attempts });
  };
}

/** State of the delivery for the last end of a job. */
function deliveryState(job: JobRecord, attempts: DeliveryAttempt[], isPaused: boolean): DeliveriesView["state"] {
  if (job.finishedAt === undefined) return "waiting";
  // A retried job has ended before; deliveries of that end do not count.
  const message = buildMessageId(job.id, new Date(job.finishedAt).toISOString());
  const last = attempts.findLast((attempt) => attempt.message_id === message)?.state;
  if (last === "delivered" || last === "failed") return last;
  if (last === undefined && !job.data.webhook?.events.some((event) => event === job.status)) return "skipped";
  if (isPaused) return "paused";
  return last ?? "pending";
}
