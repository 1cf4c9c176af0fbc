import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { jobAcceptedSchema, PrecisError } from "@precis/contracts";
import type { Parts } from "../parts.js";
import { problemContent } from "../problem/problem.js";
import { jobNotFound } from "./job-not-found.js";
import { jobParams } from "./job-params.js";
import { jobLinks, jobPath } from "./view-job.js";

const route = createRoute({
  method: "post",
  path: "/api/v1/jobs/{id}/retry",
  summary: "Try a failed or cancelled job again",
  description: "The job keeps its id and gets all its attempts anew; a deadline it had is dropped.",
  request: { params: jobParams },
  responses: {
    202: { description: "Queued again", content: { "application/json": { schema: jobAcceptedSchema } } },
    404: { description: "No such job", content: problemContent },
    409: {
      description: "The job did not fail (`job_not_failed`), or its text is gone (`text_lost`)",
      content: problemContent,
    },
    503: { description: "Redis is away", content: problemContent },
  },
});

/** `POST /api/v1/jobs/{id}/retry`: the same job once more, as long as its text is still there. */
export function retryJob(app: OpenAPIHono, { queue, deliveries }: Parts): void {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid("param");
    const before = await queue.read(id);
    // First, so that no crash in between can leave the next end untold.
    if (before?.status === "failed" || before?.status === "cancelled") await deliveries.awaitNextEnd(before);
    const outcome = await queue.retry(id);
    if (outcome === "missing") throw jobNotFound(id);
    if (outcome === "text-lost") {
      throw new PrecisError("text_lost", `the text of job ${id} has expired or was removed: submit it again`);
    }
    if (outcome === "not-failed") {
      throw new PrecisError("job_not_failed", `the job ${id} neither failed nor was it cancelled`);
    }
    c.header("Location", jobPath(id));
    const links = jobLinks(id, before?.data.webhook !== undefined);
    return c.json({ id, status: "queued" as const, links }, 202);
  });
}
