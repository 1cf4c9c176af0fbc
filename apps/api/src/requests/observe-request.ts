import type { Logger } from "@precis/observability";
import type { MiddlewareHandler } from "hono";
import type { RecordResponse } from "../metrics/http-metrics.js";
import { logRequest } from "./log-request.js";
import { chooseRequestId } from "./request-id.js";
import { setResponseHeader } from "./response-header.js";

/** First in the chain: gives each request and its response an id, then logs and counts the response, whatever it is. */
export function observeRequest(log: Logger, recordResponse: RecordResponse): MiddlewareHandler {
  return async (c, next) => {
    const start = performance.now();
    const id = chooseRequestId(c.req.header("x-request-id"));
    c.set("requestId", id);
    setResponseHeader(c, "X-Request-Id", id);
    await next();
    const ms = performance.now() - start;
    recordResponse(c, ms);
    logRequest(log, c, ms);
  };
}
