import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { type DeliveriesView, deliveriesViewSchema, PrecisError, redeliveryAcceptedSchema } from "@precis/contracts";
import { endpointHealth, readAttempts } from "@precis/webhooks";
import { z } from "zod";
import { jobPath } from "../jobs/view-job.js";
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
    const [job, delivery, attempts] = await Promise.all([
      queue.read(id),
      deliveries.read(id),
      readAttempts(redis, keys, id),
    ]);
    if (delivery === undefined) throw missing(id, job !== undefined);
    const { origin, pathname } = new URL(delivery.data.webhook.url);
    const endpoint = await endpointHealth(redis, keys, delivery.data.webhook.url, limits).read();
    const last = attempts.at(-1)?.state;
    const open = last === undefined ? !delivery.ended : last === "retrying";
    const state: DeliveriesView["state"] =
      delivery.skipped && last === undefined
        ? "skipped"
        : job !== undefined && job.finishedAt === undefined
          ? "waiting"
          : open && endpoint.state === "paused"
            ? "paused"
            : (last ?? "pending");
    return c.json(
      { job_id: id, url: `${origin}${pathname}`, events: delivery.data.webhook.events, state, endpoint, attempts },
      200,
    );
  });

  app.openapi(redeliverRoute, async (c) => {
    const { id } = c.req.valid("param");
    const job = await queue.read(id);
    if (job === undefined) throw missing(id, false);
    if (job.finishedAt === undefined) {
      throw new PrecisError(
        "job_not_finished",
        `the job ${id} is ${job.status}; its webhook is sent when it has ended`,
      );
    }
    if (!(await deliveries.again(id, "asked"))) throw missing(id, true);
    return c.json({ job_id: id, status: job.status, links: { deliveries: `${jobPath(id)}/deliveries` } }, 202);
  });
}

function missing(id: string, exists: boolean): PrecisError {
  return exists
    ? new PrecisError("not_found", `the job ${id} was submitted without a webhook`)
    : new PrecisError("job_not_found", `there is no job ${id}, or its result has expired`);
}
