import { createHash } from "node:crypto";
import { jobViewSchema } from "@precis/contracts";
import type { Handler } from "hono";
import { z } from "zod";
import { proxyPrefix } from "../pages/proxy-prefix.js";
import { problemContent } from "../problem/problem.js";
import { jsonResponse, setResponseHeader } from "../requests/response-header.js";
import type { RouteDocs } from "../route.js";
import type { Services } from "../services.js";
import { jobNotFound } from "./job-not-found.js";
import { jobParams } from "./job-params.js";
import { parsePreferWait } from "./parse-prefer-wait.js";
import { viewJob } from "./view-job.js";

export const getJobDocs: RouteDocs = {
  summary: "Get a job",
  description: "With `Prefer: wait=N` the response waits until the job has ended, for up to N seconds.",
  request: {
    params: jobParams,
    headers: z.object({
      prefer: z.string().optional().meta({ description: "`wait=N`: wait up to N seconds for the job to end." }),
      "if-none-match": z
        .string()
        .optional()
        .meta({ description: "`ETag` of an earlier response: 304 while the job is unchanged." }),
    }),
  },
  responses: {
    200: { description: "The job", content: { "application/json": { schema: jobViewSchema } } },
    304: { description: "The job is unchanged since the response with that ETag" },
    404: { description: "Job not found", content: problemContent },
    503: { description: "Redis is unavailable", content: problemContent },
  },
};

/** `GET /api/v1/jobs/{id}` */
export function getJob({ config, queue, watcher }: Services): Handler {
  return async (c) => {
    const id = c.req.param("id") ?? "";
    const waitMs = parsePreferWait(c.req.header("prefer"), 0, config.maxWaitMs);
    const job = waitMs > 0 ? await watcher.waitForEnd(id, waitMs, c.req.raw.signal) : await queue.read(id);
    if (job === undefined) throw jobNotFound(id);
    const body = JSON.stringify(viewJob(job, proxyPrefix(c)));
    const etag = `"${createHash("sha1").update(body).digest("base64url")}"`;
    setResponseHeader(c, "ETag", etag);
    setResponseHeader(c, "Cache-Control", "private, no-cache");
    if (job.finishedAt === undefined) setResponseHeader(c, "Retry-After", "1");
    const known = c.req.header("if-none-match");
    if (known?.split(",").some((one) => one.trim().replace(/^W\//, "") === etag)) return c.body(null, 304);
    return jsonResponse(c, body, 200);
  };
}
