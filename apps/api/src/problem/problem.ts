import { type ErrorCode, PrecisError, type Problem, problemSchema } from "@precis/contracts";
import { isRedisUnavailable } from "@precis/redis";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { z } from "zod";

const statuses: Partial<Record<ErrorCode, 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 422 | 429 | 503>> = {
  invalid_json: 400,
  invalid_request: 422,
  text_empty: 422,
  not_found: 404,
  job_not_found: 404,
  batch_not_found: 404,
  idempotency_key_reused: 422,
  job_finished: 409,
  job_running: 409,
  job_not_failed: 409,
  text_lost: 409,
  method_not_allowed: 405,
  job_not_finished: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  unauthorized: 401,
  forbidden: 403,
  rate_limited: 429,
  queue_full: 503,
  redis_unavailable: 503,
};

const titles: Partial<Record<ErrorCode, string>> = {
  invalid_json: "The body is not JSON",
  invalid_request: "The request is not valid",
  not_found: "There is nothing here",
  job_not_found: "There is no such job",
  batch_not_found: "There is no such batch",
  idempotency_key_reused: "The idempotency key belongs to another request",
  job_finished: "The job has ended already",
  job_running: "The job still runs",
  job_not_failed: "The job did not fail",
  text_lost: "The text is gone",
  method_not_allowed: "The method is not allowed here",
  job_not_finished: "The job has not ended",
  payload_too_large: "The body is too large",
  unsupported_media_type: "The body is of a kind that is not supported",
  unauthorized: "An API key is needed",
  forbidden: "This is not allowed",
  rate_limited: "Too many requests",
  queue_full: "The queue is full",
  redis_unavailable: "Redis is not reachable",
};

/** Faults told of one request, and characters of a name and a sentence in them: answers must not grow with hostile requests. */
const mostFaults = 50;
const longestName = 100;
const longestMessage = 500;

/** What a route's description says of its error answers. */
export const problemContent = { "application/problem+json": { schema: problemSchema } };

/** What goes wrong with a request, before it is written as an answer. */
export interface Fault {
  code: ErrorCode;
  detail: string;
  errors?: Problem["errors"];
  /** Counts for 429 and 503 only. */
  retryAfterSeconds?: number;
}

/** An answer in RFC 9457 form; the path it was asked on is its `instance`. */
export function describeProblem(
  path: string,
  { code, detail, errors, retryAfterSeconds = 2 }: Fault,
): { status: number; headers: Record<string, string>; body: string } {
  const status = statuses[code] ?? 500;
  const body: Problem = {
    type: `urn:precis:problem:${code}`,
    title: titles[code] ?? "Something went wrong",
    status,
    detail,
    instance: path,
    code,
    ...(errors === undefined ? {} : { errors }),
  };
  const retry = status === 429 || status === 503 ? { "Retry-After": String(retryAfterSeconds) } : {};
  const headers = { ...retry, "content-type": "application/problem+json" };
  return { status, headers, body: JSON.stringify(body) };
}

/** One answer in RFC 9457 form. `retryAfterSeconds` counts for 429 and 503 only. */
export function problem(
  c: Context,
  code: ErrorCode,
  detail: string,
  errors?: Problem["errors"],
  retryAfterSeconds?: number,
): Response {
  return answerFault(c, {
    code,
    detail,
    ...(errors === undefined ? {} : { errors }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

function answerFault(c: Context, fault: Fault): Response {
  const { status, headers, body } = describeProblem(c.req.path, fault);
  return c.body(body, status as 500, headers);
}

/** A request that does not fit its schema: every fault with its field. */
export function invalidRequest(c: Context, error: z.core.$ZodError): Response {
  return answerFault(c, faultOfSchema(error));
}

/** The same, before it is an answer. */
export function faultOfSchema(error: z.core.$ZodError): Fault {
  const errors = faultsOf(error);
  const detail = errors.map(({ field, message }) => `${field}: ${message}`).join("; ");
  return { code: "invalid_request", detail, errors };
}

/** Every fault of a request with its field; of very many the first. */
export function faultsOf(error: z.core.$ZodError): { field: string; message: string }[] {
  return error.issues.slice(0, mostFaults).flatMap((issue) => {
    const path = issue.path.map((part) => String(part).slice(0, longestName)).join(".");
    if (issue.code === "unrecognized_keys") {
      return issue.keys.slice(0, mostFaults).map((field) => ({
        field: field.slice(0, longestName),
        message: "is not a field of this request",
      }));
    }
    return [{ field: path === "" ? "body" : path, message: issue.message.slice(0, longestMessage) }];
  });
}

/** The field an error's message begins with (`field: what is wrong with it`); undefined when it names none. */
export function faultOf({ message: whole }: PrecisError): { field: string; message: string } | undefined {
  const [, field, message] = /^([\w.]+): (.*)$/s.exec(whole) ?? [];
  return field === undefined || message === undefined ? undefined : { field, message };
}

/** An error as an answer. */
export function answerError(error: Error, c: Context): Response {
  return answerFault(c, faultOfError(error));
}

/** The only place where an error becomes something a caller is told; what is not known is not told. */
export function faultOfError(error: Error): Fault {
  if (error instanceof PrecisError) {
    const { code, message: detail } = error;
    const fault = code === "invalid_request" ? faultOf(error) : undefined;
    return fault === undefined ? { code, detail } : { code, detail, errors: [fault] };
  }
  if (error instanceof HTTPException) {
    if (error.status === 403) return { code: "forbidden", detail: "the request came from a page of another origin" };
    const code = error.status === 413 ? "payload_too_large" : "invalid_json";
    return { code, detail: error.message || "the body cannot be read as JSON" };
  }
  if (/^OOM command not allowed/.test(error.message)) {
    return { code: "queue_full", detail: "Redis has no memory left for another job; nothing was accepted" };
  }
  if (isRedisUnavailable(error)) {
    return { code: "redis_unavailable", detail: "the queue cannot be reached; nothing was accepted, try again" };
  }
  return { code: "internal", detail: "the error was not expected" };
}
