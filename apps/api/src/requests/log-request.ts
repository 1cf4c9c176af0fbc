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
    logAnswer(log, {
      request: c.get("requestId"),
      job: c.get("jobId"),
      method: c.req.method,
      path: c.req.path,
      status: c.res.status,
      start,
      error: c.error,
    });
  };
}

/** A request that has its answer. */
export interface Answered {
  request: string;
  /** The job it has led to, if its path does not say so. */
  job?: string | undefined;
  method: string;
  path: string;
  status: number;
  /** `performance.now()` when it came. */
  start: number;
  error?: Error | undefined;
}

/** Writes its line. */
export function logAnswer(log: Logger, { request, job, method, path, status, start, error }: Answered): void {
  // A probe that is told "not ready" got its answer; it is no fault.
  const failed = status >= 500 && path !== "/ready";
  const calm = reading.includes(method) ? "debug" : "info";
  const level = !failed ? calm : status === 500 ? "error" : "warn";
  if (!log.isLevelEnabled(level)) return;
  log[level](
    {
      request,
      job: job ?? /\/jobs\/([^/]+)/.exec(path)?.[1],
      method,
      path,
      status,
      ms: Math.round(performance.now() - start),
      ...(status === 500 ? { err: error } : {}),
    },
    "request",
  );
}
