import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { PrecisError } from "@precis/contracts";
import type { Parts } from "../parts.js";
import { problemContent } from "../problem/problem.js";
import { jobNotFound } from "./job-not-found.js";
import { jobParams } from "./job-params.js";
import { stopJob } from "./stop-job.js";

const route = createRoute({
  method: "delete",
  path: "/api/v1/jobs/{id}",
  summary: "Delete a job, its text and its summary",
  description: "Nothing of it stays in Redis. A job that waits or runs is cancelled first.",
  request: { params: jobParams },
  responses: {
    204: { description: "Gone" },
    404: { description: "No such job", content: problemContent },
    409: { description: "The job runs on a worker that does not answer (`job_running`)", content: problemContent },
    503: { description: "Redis is away", content: problemContent },
  },
});

/** `DELETE /api/v1/jobs/{id}`: forgets a job. */
export function deleteJob(app: OpenAPIHono, parts: Parts): void {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid("param");
    let job = await parts.queue.read(id);
    if (job === undefined) throw jobNotFound(id);
    if (job.finishedAt === undefined) ({ job } = await stopJob(parts, id));
    if (job.finishedAt === undefined) {
      const detail = `the job ${id} was told to stop, but its worker does not answer; try again in half a minute`;
      throw new PrecisError("job_running", detail);
    }
    await parts.queue.remove(job);
    if (job.data.webhook !== undefined) await parts.deliveries.forget(id);
    return c.body(null, 204);
  });
}
