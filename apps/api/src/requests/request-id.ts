import { randomUUID } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { setAnswerHeader } from "./answer-header.js";

/** Longest request id taken over from a caller. */
const longestRequestId = 128;

declare module "hono" {
  interface ContextVariableMap {
    /** `X-Request-Id`: the caller's or a new one. */
    requestId: string;
    /** The job a request has led to, for its log line. */
    jobId: string;
  }
}

/** The id of a request: the one it came with where that can be used, else a new one. */
export function chooseRequestId(given: string | undefined): string {
  const usable = given !== undefined && given.length <= longestRequestId && /^[\w\-=]+$/.test(given);
  return usable ? given : randomUUID();
}

/** Gives every request an id, and its answer the same. As Hono's own, but without a web `Headers` for it. */
export const requestId: MiddlewareHandler = (c, next) => {
  const id = chooseRequestId(c.req.header("x-request-id"));
  c.set("requestId", id);
  setAnswerHeader(c, "X-Request-Id", id);
  return next();
};
