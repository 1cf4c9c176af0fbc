import type { ErrorCode } from "@precis/contracts";
import { jobLinks } from "../jobs/view-job.js";

const id = "job_01jdcp6x4e7m2k9q3v5w8z1b0n";
const links = jobLinks(id, false);

/** Answers worth showing, by the name of their schema; others are put together from the schema itself. */
export const schemaExamples: Readonly<Record<string, object>> = {
  Job: {
    id,
    status: "completed",
    model: "bart",
    timings: {
      created_at: "2026-11-24T08:00:00.000Z",
      started_at: "2026-11-24T08:00:00.012Z",
      finished_at: "2026-11-24T08:00:00.640Z",
      waited_ms: 12,
      ran_ms: 628,
    },
    attempts: 1,
    links,
    summary: "The library opened a reading room in the old station.",
    input_tokens: 24,
    output_tokens: 12,
    truncated: false,
    chunks: 1,
  },
  CancelledJob: {
    id,
    status: "cancelled",
    model: "bart",
    timings: { created_at: "2026-11-24T08:00:00.000Z", finished_at: "2026-11-24T08:00:00.640Z" },
    attempts: 0,
    error: { code: "cancelled", message: "the job was cancelled before it started" },
    links,
  },
  JobAccepted: { id, status: "queued", links },
};

/** The code an error answer of each status shows in the description. */
export const problemExamples: Readonly<Record<string, { code: ErrorCode; title: string; detail: string }>> = {
  400: { code: "invalid_json", title: "The body is not JSON", detail: "the body cannot be read as JSON" },
  401: {
    code: "unauthorized",
    title: "An API key is needed",
    detail: "a valid API key is needed, as `Authorization: Bearer precis_…` or `X-API-Key: precis_…`",
  },
  403: {
    code: "forbidden",
    title: "This is not allowed",
    detail: "this needs a key with the role admin; yours has submit",
  },
  404: {
    code: "job_not_found",
    title: "There is no such job",
    detail: "there is no job job_1, or its result has expired",
  },
  409: { code: "job_finished", title: "The job has ended", detail: "the job has ended already" },
  413: {
    code: "payload_too_large",
    title: "The body is too large",
    detail: "text: has 2000001 bytes; at most 2000000 are allowed",
  },
  415: {
    code: "unsupported_media_type",
    title: "The body is of a kind that is not supported",
    detail: "the body is image/png; send application/json",
  },
  422: {
    code: "invalid_request",
    title: "The request is not valid",
    detail: "max_length: must be at least 1 tokens",
  },
  429: {
    code: "rate_limited",
    title: "Too many requests",
    detail: "600 requests in 60 s are allowed; the next one in 42 s",
  },
  431: {
    code: "headers_too_large",
    title: "Request Header Fields Too Large",
    detail: "request line and headers together have more than 16 KiB; long options belong into a JSON body",
  },
  503: {
    code: "redis_unavailable",
    title: "Redis is not reachable",
    detail: "the queue cannot be reached; nothing was accepted, try again",
  },
};
