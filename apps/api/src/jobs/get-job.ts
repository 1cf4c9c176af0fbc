import { createHash } from "node:crypto";
import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { jobViewSchema } from "@precis/contracts";
import { z } from "zod";
import type { Parts } from "../parts.js";
import { problemContent } from "../problem/problem.js";
import { jsonAnswer, setAnswerHeader } from "../requests/answer-header.js";
import { jobNotFound } from "./job-not-found.js";
import { jobParams } from "./job-params.js";
import { readWait } from "./read-wait.js";
import { viewJob } from "./view-job.js";

const route = createRoute({
  method: "get",
  path: "/api/v1/jobs/{id}",
  summary: "Follow a job",
  request: {
    params: jobParams,
    headers: z.object({
      prefer: z.string().optional().meta({ description: "`wait=N`: answer at the end, or after N seconds." }),
      "if-none-match": z.string().optional().meta({ description: "`ETag` of an answer: 304 while nothing changed." }),
    }),
  },
  responses: {
    200: { description: "The job as it stands", content: { "application/json": { schema: jobViewSchema } } },
    304: { description: "Nothing has changed since the answer with that ETag" },
    404: { description: "No such job", content: problemContent },
    503: { description: "Redis is away", content: problemContent },
  },
});

/** `GET /api/v1/jobs/{id}`: the job as it stands, or as it ended within the wait asked for. */
export function getJob(app: OpenAPIHono, { config, queue, watcher }: Parts): void {
  app.openAPIRegistry.registerPath(route);
  app.get("/api/v1/jobs/:id", async (c) => {
    const id = c.req.param("id");
    const wait = readWait(c.req.header("prefer"), 0, config.maxWaitMs);
    const job = wait > 0 ? await watcher.waitForEnd(id, wait, c.req.raw.signal) : await queue.read(id);
    if (job === undefined) throw jobNotFound(id);
    const body = JSON.stringify(viewJob(job));
    const etag = `"${createHash("sha1").update(body).digest("base64url")}"`;
    setAnswerHeader(c, "ETag", etag);
    setAnswerHeader(c, "Cache-Control", "private, no-cache");
    if (job.finishedAt === undefined) setAnswerHeader(c, "Retry-After", "1");
    const known = c.req.header("if-none-match");
    if (known?.split(/\s*,\s*/).some((one) => one.replace(/^W\//, "") === etag)) return c.body(null, 304);
    return jsonAnswer(c, body, 200);
  });
}
