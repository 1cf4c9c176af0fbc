import { PrecisError } from "@precis/contracts";
import { jobLinks } from "../jobs/view-job.js";

const id = "job_01jdcp6x4e7m2k9q3v5w8z1b0n";
const links = jobLinks(id, false);

/** Example responses by the name of their schema; others are made from the schema itself. */
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
    error: { code: "cancelled", message: "The job was cancelled before it started" },
    links,
  },
  JobAccepted: { id, status: "queued", links },
};

/** Example errors by status. */
export const problemExamples: Readonly<Record<string, PrecisError>> = {
  400: new PrecisError("invalid_json", "The body is not valid JSON: Unexpected end of JSON input"),
  401: new PrecisError(
    "unauthorized",
    "Missing or invalid API key; send one as `Authorization: Bearer precis_…` or `X-API-Key: precis_…`",
  ),
  403: new PrecisError("forbidden", "This needs an API key with the role admin; this key has submit"),
  404: new PrecisError("job_not_found", "Job job_1 does not exist or has expired"),
  409: new PrecisError("job_finished", "Job job_1 is completed and cannot be cancelled"),
  413: new PrecisError("payload_too_large", "must have at most 2000000 bytes (got 2000001)", { field: "text" }),
  415: new PrecisError("unsupported_media_type", "must be application/json (got image/png)", { field: "content-type" }),
  422: new PrecisError("invalid_request", "must be at least 1 tokens", { field: "max_length" }),
  429: new PrecisError("rate_limited", "At most 600 requests in 60 s; retry in 42 s"),
  431: new PrecisError("headers_too_large", "Request line and headers must have at most 16 KiB"),
  503: new PrecisError("redis_unavailable", "Redis cannot be reached; nothing was accepted"),
};
