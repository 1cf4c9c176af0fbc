import { PrecisError } from "@precis/contracts";
import type { MiddlewareHandler } from "hono";
import type { LoadMonitor } from "./load-monitor.js";

declare module "hono" {
  interface ContextVariableMap {
    /** Set by routes that accept more than one job at a time. */
    acceptedJobs: number;
  }
}

/** Rejects submissions while the queue is full, with a `Retry-After` from the measured drain rate. */
export function shedLoad(load: LoadMonitor): MiddlewareHandler {
  return async (c, next) => {
    const rejection = load.rejection();
    if (rejection !== undefined) {
      const { reason, retryAfterSeconds } = rejection;
      throw new PrecisError("queue_full", reason, { retryAfterSeconds });
    }
    await next();
    if (c.res.ok) load.accepted(c.get("acceptedJobs") ?? 1);
  };
}
