import type { Logger } from "@precis/observability";
import type { Context, MiddlewareHandler } from "hono";
import type { RecordResponse } from "../metrics/http-metrics.js";
import { logRequest } from "./log-request.js";
import { chooseRequestId } from "./request-id.js";
import { setResponseHeader } from "./response-header.js";

/** A stream that nobody reads would run until its source ends, so the body of a response to HEAD is cancelled. */
async function discardBody(c: Context): Promise<void> {
  const { body, status, headers } = c.res;
  if (body === null) return;
  await body.cancel();
  c.res = undefined;
  c.res = new Response(null, { status, headers });
}

/** First in the chain: gives each request and its response an id, then logs and counts the response, whatever it is. */
export function observeRequest(log: Logger, recordResponse: RecordResponse): MiddlewareHandler {
  return async (c, next) => {
    const start = performance.now();
    const id = chooseRequestId(c.req.header("x-request-id"));
    c.set("requestId", id);
    setResponseHeader(c, "X-Request-Id", id);
    await next();
    if (c.req.raw.method === "HEAD") await discardBody(c);
    const ms = performance.now() - start;
    recordResponse(c, ms);
    logRequest(log, c, ms);
  };
}
