import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Parts } from "../parts.js";
import { logRequest } from "./log-request.js";
import { requestId } from "./request-id.js";

/** Stands before everything else: the request's span, its id (`X-Request-Id`, the caller's or a new one) and its log line. */
export function watchRequests(app: OpenAPIHono, { log, trace }: Parts): void {
  if (trace !== undefined) app.use(trace);
  app.use(requestId);
  app.use(logRequest(log));
}
