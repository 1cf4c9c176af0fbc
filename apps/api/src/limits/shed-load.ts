import type { MiddlewareHandler } from "hono";
import { problem } from "../problem/problem.js";
import type { LoadWatch } from "./watch-load.js";

declare module "hono" {
  interface ContextVariableMap {
    /** Set by a route that accepts more than one job at a time. */
    acceptedJobs: number;
  }
}

/** Answers 503 `queue_full` with a `Retry-After` from the measured drain rate while there is no room for more jobs. */
export function limitDepth(load: LoadWatch): MiddlewareHandler {
  return async (c, next) => {
    if (c.req.method !== "POST") return next();
    const refusal = load.refusal();
    if (refusal !== undefined) {
      return problem(c, "queue_full", refusal.detail, undefined, refusal.retryAfterSeconds);
    }
    await next();
    if (c.res.ok) load.accepted(c.get("acceptedJobs") ?? 1);
  };
}
