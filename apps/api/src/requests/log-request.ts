import type { Logger } from "@precis/observability";
import type { Context } from "hono";

const safeMethods = ["GET", "HEAD", "OPTIONS"];

/** Writes one line for a response: reads at `debug`, changes at `info`, unavailability at `warn`, our own bugs at `error`. */
export function logRequest(log: Logger, c: Context, ms: number): void {
  const { method, path } = c.req;
  const { status } = c.res;
  // A readiness probe that is answered "not ready" has worked.
  const isFailure = status >= 500 && path !== "/ready";
  const normal = safeMethods.includes(method) ? "debug" : "info";
  const level = !isFailure ? normal : status === 500 ? "error" : "warn";
  if (!log.isLevelEnabled(level)) return;
  const job: string | undefined = c.get("jobId") ?? /\/jobs\/([^/]+)/.exec(path)?.[1];
  log[level](
    {
      request: c.get("requestId"),
      job,
      method,
      path,
      status,
      ms: Math.round(ms),
      ...(status === 500 ? { err: c.error } : {}),
    },
    "request",
  );
}
