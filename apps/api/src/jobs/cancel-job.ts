import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { jobViewSchema, PrecisError } from "@precis/contracts";
import type { Parts } from "../parts.js";
import { problemContent } from "../problem/problem.js";
import { jobParams } from "./job-params.js";
import { stopJob } from "./stop-job.js";
import { viewJob } from "./view-job.js";

const route = createRoute({
  method: "post",
  path: "/api/v1/jobs/{id}/cancel",
  summary: "Cancel a job",
  description: "A waiting job is never started; a running one stops within one token, on whichever worker it runs.",
  request: { params: jobParams },
  responses: {
    200: { description: "The job is cancelled", content: { "application/json": { schema: jobViewSchema } } },
    202: {
      description: "Its worker has not obeyed yet; the job will end as cancelled, without a result",
      content: { "application/json": { schema: jobViewSchema } },
    },
    404: { description: "No such job", content: problemContent },
    409: { description: "The job has ended already (`job_finished`)", content: problemContent },
    503: { description: "Redis is away", content: problemContent },
  },
});

/** `POST /api/v1/jobs/{id}/cancel`: the job ends as cancelled, and can be read so. */
export function cancelJob(app: OpenAPIHono, parts: Parts): void {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid("param");
    const { job, before } = await stopJob(parts, id);
    if (before) throw new PrecisError("job_finished", `the job ${id} is ${job.status}: there is nothing to cancel`);
    return c.json(viewJob(job), job.status === "cancelled" ? 200 : 202);
  });
}
