import type { Logger } from "@precis/observability";
import type { Context, MiddlewareHandler } from "hono";

const reading = ["GET", "HEAD", "OPTIONS"];

/** The field a submitted job's data gets, so that what a worker logs about it can be found by the request. */
export function requestField(c: Context): { requestId?: string } {
  const requestId: string | undefined = c.get("requestId");
  return requestId === undefined ? {} : { requestId };
}

/** One line for each request: what changes something at `info`, what only reads at `debug`, faults of ours at `error`. */
export function logRequest(log: Logger): MiddlewareHandler {
  return async (c, next) => {
    const start = performance.now();
    await next();
    const { status } = c.res;
    // A probe that is told "not ready" got its answer; it is no fault.
    const failed = status >= 500 && c.req.path !== "/ready";
    const calm = reading.includes(c.req.method) ? "debug" : "info";
    const level = !failed ? calm : status === 500 ? "error" : "warn";
    if (!log.isLevelEnabled(level)) return;
    log[level](
      {
        request: c.get("requestId"),
        job: c.get("jobId") ?? /\/jobs\/([^/]+)/.exec(c.req.path)?.[1],
        method: c.req.method,
        path: c.req.path,
        status,
        ms: Math.round(performance.now() - start),
        ...(status === 500 ? { err: c.error } : {}),
      },
      "request",
    );
  };
}
