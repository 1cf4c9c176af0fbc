import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import {
  type DeliveriesView,
  type DeliveryAttempt,
  deliveriesViewSchema,
  PrecisError,
  redeliveryAcceptedSchema,
} from "@precis/contracts";
import type { JobRecord } from "@precis/queue";
import { endpointHealth, messageId, readAttempts } from "@precis/webhooks";
import { z } from "zod";
import { deliveriesPath } from "../jobs/view-job.js";
import type { Parts } from "../parts.js";
import { problemContent } from "../problem/problem.js";

const params = z.object({ id: z.string() });
const path = "/api/v1/jobs/{id}/deliveries";

const listRoute = createRoute({
  method: "get",
  path,
  summary: "What became of a job's webhook",
  request: { params },
  responses: {
    200: { description: "Every attempt kept", content: { "application/json": { schema: deliveriesViewSchema } } },
    404: { description: "No such job, or it has no webhook", content: problemContent },
    503: { description: "Redis is away", content: problemContent },
  },
});

const redeliverRoute = createRoute({
  method: "post",
  path: `${path}/redeliver`,
  summary: "Deliver a job's webhook again, or now",
  request: { params },
  responses: {
    202: {
      description: "It will be delivered",
      content: { "application/json": { schema: redeliveryAcceptedSchema } },
    },
    404: { description: "No such job, or it has no webhook", content: problemContent },
    409: { description: "The job has not ended", content: problemContent },
    503: { description: "Redis is away", content: problemContent },
  },
});

/** `GET /api/v1/jobs/{id}/deliveries`, `POST /api/v1/jobs/{id}/deliveries/redeliver`. */
export function deliveryRoutes(app: OpenAPIHono, { config, redis, keys, queue, deliveries }: Parts): void {
  const limits = {
    failures: config.webhookPauseFailures,
    afterMs: config.webhookPauseAfterMs,
    probeEveryMs: config.webhookProbeEveryMs,
  };

  app.openapi(listRoute, async (c) => {
    const { id } = c.req.valid("param");
    const job = await queue.read(id);
    const webhook = job?.data.webhook;
    if (job === undefined || webhook === undefined) throw missing(id, job !== undefined);
    const attempts = await readAttempts(redis, keys, id);
    const endpoint = await endpointHealth(redis, keys, webhook.url, limits).read();
    const { origin, pathname } = new URL(webhook.url);
    const state = stateOf(job, attempts, endpoint.state === "paused");
    return c.json({ job_id: id, url: `${origin}${pathname}`, events: webhook.events, state, endpoint, attempts }, 200);
  });

  app.openapi(redeliverRoute, async (c) => {
    const { id } = c.req.valid("param");
    const job = await queue.read(id);
    if (job?.data.webhook === undefined) throw missing(id, job !== undefined);
    if (job.finishedAt === undefined) {
      throw new PrecisError(
        "job_not_finished",
        `the job ${id} is ${job.status}; its webhook is sent when it has ended`,
      );
    }
    await deliveries.redeliver(job);
    return c.json({ job_id: id, status: job.status, links: { deliveries: deliveriesPath(id) } }, 202);
  });
}

/** Where the delivery of a job's last end stands. */
function stateOf(job: JobRecord, attempts: DeliveryAttempt[], paused: boolean): DeliveriesView["state"] {
  if (job.finishedAt === undefined) return "waiting";
  // A retried job has ended before: what was told then does not count.
  const message = messageId(job.id, new Date(job.finishedAt).toISOString());
  const last = attempts.findLast((attempt) => attempt.message_id === message)?.state;
  if (last === "delivered" || last === "failed") return last;
  if (last === undefined && !job.data.webhook?.events.some((event) => event === job.status)) return "skipped";
  if (paused) return "paused";
  return last ?? "pending";
}

function missing(id: string, exists: boolean): PrecisError {
  return exists
    ? new PrecisError("not_found", `the job ${id} was submitted without a webhook`)
    : new PrecisError("job_not_found", `there is no job ${id}, or its result has expired`);
}
