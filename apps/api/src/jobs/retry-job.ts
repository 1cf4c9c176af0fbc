import { jobAcceptedSchema } from "@precis/contracts";
import type { Handler } from "hono";
import { proxyPrefix } from "../pages/proxy-prefix.js";
import { problemContent } from "../problem/problem.js";
import type { RouteDocs } from "../route.js";
import type { Services } from "../services.js";
import { jobActions, retryJobById } from "./job-actions.js";
import { jobParams } from "./job-params.js";
import { jobLinks, jobPath } from "./view-job.js";

export const retryJobDocs: RouteDocs = {
  summary: "Retry a failed or cancelled job",
  description: "The job keeps its id and starts over with all its attempts; its deadline, if any, is dropped.",
  request: { params: jobParams },
  responses: {
    202: { description: "Queued again", content: { "application/json": { schema: jobAcceptedSchema } } },
    404: { description: "Job not found", content: problemContent },
    409: {
      description: "The job has not failed (`job_not_failed`), or its text has expired (`text_lost`)",
      content: problemContent,
    },
    503: { description: "Redis is unavailable", content: problemContent },
  },
};

/** `POST /api/v1/jobs/{id}/retry` */
export function retryJob(services: Services): Handler {
  return async (c) => {
    const id = c.req.param("id") ?? "";
    const job = await retryJobById(jobActions(services), id);
    const prefix = proxyPrefix(c);
    c.header("Location", jobPath(id, prefix));
    const links = jobLinks(id, job.data.webhook !== undefined, prefix);
    return c.json({ id, status: "queued", links }, 202);
  };
}
