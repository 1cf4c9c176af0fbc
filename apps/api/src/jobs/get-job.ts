import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { jobViewSchema } from "@precis/contracts";
import type { Parts } from "../parts.js";
import { problemContent } from "../problem/problem.js";
import { jobNotFound } from "./job-not-found.js";
import { jobParams } from "./job-params.js";
import { readWait } from "./read-wait.js";
import { viewJob } from "./view-job.js";

const route = createRoute({
  method: "get",
  path: "/api/v1/jobs/{id}",
  summary: "Follow a job",
  request: { params: jobParams },
  responses: {
    200: { description: "The job as it stands", content: { "application/json": { schema: jobViewSchema } } },
    404: { description: "No such job", content: problemContent },
    503: { description: "Redis is away", content: problemContent },
  },
});

/** `GET /api/v1/jobs/{id}`: the job as it stands, or as it ended within the wait asked for. */
export function getJob(app: OpenAPIHono, { config, queue, watcher }: Parts): void {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid("param");
    const wait = readWait(c.req.header("prefer"), 0, config.maxWaitMs);
    const job = wait > 0 ? await watcher.waitForEnd(id, wait, c.req.raw.signal) : await queue.read(id);
    if (job === undefined) throw jobNotFound(id);
    if (job.finishedAt === undefined) c.header("Retry-After", "1");
    return c.json(viewJob(job), 200);
  });
}
