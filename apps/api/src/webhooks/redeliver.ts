import { PrecisError, redeliveryAcceptedSchema } from "@precis/contracts";
import type { JobRecord } from "@precis/queue";
import type { Handler } from "hono";
import { jobParams } from "../jobs/job-params.js";
import { deliveriesPath } from "../jobs/view-job.js";
import { proxyPrefix } from "../pages/proxy-prefix.js";
import { problemContent } from "../problem/problem.js";
import type { RouteDocs } from "../route.js";
import type { Services } from "../services.js";
import { readJobWithWebhook } from "./read-job-with-webhook.js";

export const redeliverDocs: RouteDocs = {
  summary: "Redeliver the webhook of a job",
  description: "Sends the webhook again, or at once if an attempt is due later.",
  request: { params: jobParams },
  responses: {
    202: { description: "Delivery queued", content: { "application/json": { schema: redeliveryAcceptedSchema } } },
    404: { description: "Job not found, or it has no webhook", content: problemContent },
    409: { description: "The job has not finished (`job_not_finished`)", content: problemContent },
    503: { description: "Redis is unavailable", content: problemContent },
  },
};

/** `POST /api/v1/jobs/{id}/deliveries/redeliver` */
export function redeliver(services: Services): Handler {
  return async (c) => {
    const id = c.req.param("id") ?? "";
    const job = await redeliverWebhookOf(services, id);
    return c.json({ job_id: id, status: job.status, links: { deliveries: deliveriesPath(id, proxyPrefix(c)) } }, 202);
  };
}

/** @throws {PrecisError} `job_not_found`, `not_found` for a job without a webhook, or `job_not_finished` */
export async function redeliverWebhookOf({ queue, deliveries }: Services, id: string): Promise<JobRecord> {
  const { job } = await readJobWithWebhook(queue, id);
  if (job.finishedAt === undefined) {
    throw new PrecisError("job_not_finished", `Job ${id} is ${job.status}; its webhook is sent when it has ended`);
  }
  await deliveries.redeliver(job);
  return job;
}
