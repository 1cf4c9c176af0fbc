import { errors, omitUndefined, type PrecisError, type Problem, problemSchema } from "@precis/contracts";
import type { Context } from "hono";

/** Content of every error response in the API description. */
export const problemContent = { "application/problem+json": { schema: problemSchema } };

/** `Retry-After` where the error does not say when another attempt makes sense. */
const defaultRetryAfterSeconds = 2;

/** The body of an error response in RFC 9457 form. */
export function describeProblem({ code, message, issues }: PrecisError, path?: string): Problem {
  const { status, title } = errors[code];
  return {
    type: `urn:precis:problem:${code}`,
    title,
    status,
    detail: message,
    ...omitUndefined({ instance: path }),
    code,
    ...(issues.length === 0 ? {} : { errors: [...issues] }),
  };
}

/** An error as an HTTP response. */
export function problemResponse(c: Context, error: PrecisError): Response {
  const { status } = errors[error.code];
  const seconds = error.retryAfterSeconds ?? defaultRetryAfterSeconds;
  return c.body(JSON.stringify(describeProblem(error, c.req.path)), status, {
    ...(status === 429 || status === 503 ? { "Retry-After": String(seconds) } : {}),
    "Content-Type": "application/problem+json",
  });
}
