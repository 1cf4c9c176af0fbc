import { PrecisError } from "@precis/contracts";
import { remember } from "@precis/keys";
import type { JobQueue } from "@precis/queue";
import type { MiddlewareHandler } from "hono";
import { maySee, visibleOwner } from "./caller.js";

/**
 * Hides the jobs of other owners, on every path below `/api/v1/jobs/{id}`: they answer as if they did not exist. A job
 * never changes its owner, so what was read once is remembered.
 */
export function ownJobsOnly(queue: JobQueue): MiddlewareHandler {
  const owners = remember(queue.readOwner, { ms: 3_600_000, most: 50_000 });
  return async (c, next) => {
    const id = c.req.param("id");
    if (id === undefined || visibleOwner(c) === undefined) return next();
    const found = await owners.get(id);
    if (found === undefined || !maySee(c, found.owner)) {
      throw new PrecisError("job_not_found", `there is no job ${id}, or its result has expired`);
    }
    return next();
  };
}
