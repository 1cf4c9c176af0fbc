import { PrecisError } from "@precis/contracts";
import type { Handler } from "hono";
import { problemContent } from "../problem/problem.js";
import type { RouteDocs } from "../route.js";
import type { Services } from "../services.js";
import { cancelAndWait } from "./cancel-and-wait.js";
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
  const { queue, deliveries } = services;
  return async (c) => {
    const id = c.req.param("id") ?? "";
    let job = await queue.read(id);
    if (job === undefined) throw jobNotFound(id);
    if (job.finishedAt === undefined) ({ job } = await cancelAndWait(services, id));
    if (job.finishedAt === undefined) {
      const message = `Job ${id} was cancelled, but its worker does not respond; retry in 30 s`;
      throw new PrecisError("job_running", message);
    }
    await queue.remove(job);
    if (job.data.webhook !== undefined) await deliveries.forget(id);
    return c.body(null, 204);
  };
}
