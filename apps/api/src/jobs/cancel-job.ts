import { jobViewSchema, PrecisError } from "@precis/contracts";
import type { Handler } from "hono";
import { proxyPrefix } from "../pages/proxy-prefix.js";
import { problemContent } from "../problem/problem.js";
import type { RouteDocs } from "../route.js";
import type { Services } from "../services.js";
import { jobActions } from "./job-actions.js";
import { jobNotFound } from "./job-not-found.js";
import { jobParams } from "./job-params.js";
import { viewJob } from "./view-job.js";

export const cancelJobDocs: RouteDocs = {
  summary: "Cancel a job",
  description: "A waiting job never starts; a running job stops within one token, on whichever worker it runs.",
  request: { params: jobParams },
  responses: {
    200: { description: "The job is cancelled", content: { "application/json": { schema: jobViewSchema } } },
    202: {
      description: "The worker has not confirmed yet; the job will end as cancelled, without a result",
      content: { "application/json": { schema: jobViewSchema } },
    },
    404: { description: "Job not found", content: problemContent },
    409: { description: "The job has already finished (`job_finished`)", content: problemContent },
    503: { description: "Redis is unavailable", content: problemContent },
  },
};

/** `POST /api/v1/jobs/{id}/cancel` */
export function cancelJob(services: Services): Handler {
  return async (c) => {
    const id = c.req.param("id") ?? "";
    const cancelled = await jobActions(services).cancel(id);
    if (cancelled === undefined) throw jobNotFound(id);
    const { job, hadFinished } = cancelled;
    if (hadFinished) throw new PrecisError("job_finished", `Job ${id} is ${job.status} and cannot be cancelled`);
    return c.json(viewJob(job, proxyPrefix(c)), job.status === "cancelled" ? 200 : 202);
  };
}
