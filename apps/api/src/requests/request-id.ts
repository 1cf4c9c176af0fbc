import { randomUUID } from "node:crypto";
import type { Context } from "hono";

const maxLength = 128;

declare module "hono" {
  interface ContextVariableMap {
    /** `X-Request-Id`: the caller's or a new one. */
    requestId: string;
    /** The job a request created, for its log line. */
    jobId: string;
  }
}

/** The caller's `X-Request-Id` where it is usable, else a new one. */
export function chooseRequestId(given: string | undefined): string {
  const isUsable = given !== undefined && given.length <= maxLength && /^[\w\-=]+$/.test(given);
  return isUsable ? given : randomUUID();
}

/** The field of a submitted job's data that lets worker logs be found by request. */
export function requestField(c: Context): { requestId?: string } {
  const requestId: string | undefined = c.get("requestId");
  return requestId === undefined ? {} : { requestId };
}
