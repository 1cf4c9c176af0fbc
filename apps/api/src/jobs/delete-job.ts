import type { Handler } from "hono";
import { problemContent } from "../problem/problem.js";
import type { RouteDocs } from "../route.js";
import type { Services } from "../services.js";
import { deleteJobById, jobActions } from "./job-actions.js";
import { jobNotFound } from "./job-not-found.js";
import { jobParams } from "./job-params.js";

export const deleteJobDocs: RouteDocs = {
  summary: "Delete a job, its text and its summary",
  description: "Deletes everything about the job from Redis. A waiting or running job is cancelled first.",
  request: { params: jobParams },
  responses: {
    204: { description: "Deleted" },
    404: { description: "Job not found", content: problemContent },
    409: { description: "The job runs on a worker that does not respond (`job_running`)", content: problemContent },
    503: { description: "Redis is unavailable", content: problemContent },
  },
};

/** `DELETE /api/v1/jobs/{id}` */
export function deleteJob(services: Services): Handler {
  return async (c) => {
    const id = c.req.param("id") ?? "";
    if (!(await deleteJobById(jobActions(services), id))) throw jobNotFound(id);
    return c.body(null, 204);
  };
}
