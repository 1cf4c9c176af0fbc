/** What is known about an error by its code alone. */
export interface ErrorDefinition {
  /** Status of an HTTP response with this error. Errors that only end a job have 500. */
  status: 400 | 401 | 403 | 404 | 405 | 408 | 409 | 413 | 415 | 422 | 429 | 431 | 500 | 503;
  /** The same for every occurrence; the detail of an occurrence says more. */
  title: string;
  /** Exit code of the command line: 1 failed, 2 invalid input, 4 not allowed, 5 busy or unavailable. */
  exitCode: 1 | 2 | 4 | 5;
  /** Whether the same request or job can succeed on another attempt, unless an occurrence says otherwise. */
  retriable: boolean;
}

/**
 * Every error there is. Codes are stable: they appear as `code` in problem+json responses, in failed jobs and in IPC
 * messages, and a code is never reused for another meaning. A new error is one line here.
 */
export const errors = {
  bad_request: { status: 400, title: "Bad request", exitCode: 2, retriable: false },
  invalid_json: { status: 400, title: "Invalid JSON", exitCode: 2, retriable: false },
  unauthorized: { status: 401, title: "Missing or invalid API key", exitCode: 4, retriable: false },
  forbidden: { status: 403, title: "Forbidden", exitCode: 4, retriable: false },
  not_found: { status: 404, title: "Not found", exitCode: 1, retriable: false },
  job_not_found: { status: 404, title: "Job not found", exitCode: 1, retriable: false },
  batch_not_found: { status: 404, title: "Batch not found", exitCode: 1, retriable: false },
  method_not_allowed: { status: 405, title: "Method not allowed", exitCode: 2, retriable: false },
  request_timeout: { status: 408, title: "Request timeout", exitCode: 5, retriable: true },
  job_finished: { status: 409, title: "Job already finished", exitCode: 1, retriable: false },
  job_not_finished: { status: 409, title: "Job not finished", exitCode: 1, retriable: false },
  job_running: { status: 409, title: "Job still running", exitCode: 1, retriable: false },
  job_not_failed: { status: 409, title: "Job has not failed", exitCode: 1, retriable: false },
  text_lost: { status: 409, title: "Text no longer available", exitCode: 1, retriable: false },
  payload_too_large: { status: 413, title: "Payload too large", exitCode: 2, retriable: false },
  unsupported_media_type: { status: 415, title: "Unsupported media type", exitCode: 2, retriable: false },
  invalid_request: { status: 422, title: "Invalid request", exitCode: 2, retriable: false },
  text_empty: { status: 422, title: "Text is empty", exitCode: 2, retriable: false },
  idempotency_key_reused: { status: 422, title: "Idempotency key reused", exitCode: 2, retriable: false },
  rate_limited: { status: 429, title: "Too many requests", exitCode: 5, retriable: true },
  headers_too_large: { status: 431, title: "Request header fields too large", exitCode: 2, retriable: false },
  internal: { status: 500, title: "Internal server error", exitCode: 1, retriable: false },
  queue_full: { status: 503, title: "Queue full", exitCode: 5, retriable: true },
  redis_unavailable: { status: 503, title: "Redis unavailable", exitCode: 5, retriable: true },
  no_workers: { status: 503, title: "No workers", exitCode: 5, retriable: true },
  // Reasons a job failed.
  cancelled: { status: 500, title: "Job cancelled", exitCode: 1, retriable: false },
  deadline_exceeded: { status: 500, title: "Deadline exceeded", exitCode: 1, retriable: false },
  generation_failed: { status: 500, title: "Generation failed", exitCode: 1, retriable: true },
  model_corrupt: { status: 500, title: "Model corrupt", exitCode: 1, retriable: false },
  model_load_failed: { status: 500, title: "Model failed to load", exitCode: 1, retriable: false },
  model_missing: { status: 500, title: "Model missing", exitCode: 1, retriable: false },
  model_process_died: { status: 500, title: "Model process died", exitCode: 1, retriable: true },
  worker_died: { status: 500, title: "Worker died", exitCode: 1, retriable: false },
} as const satisfies Readonly<Record<string, ErrorDefinition>>;

export type ErrorCode = keyof typeof errors;

export const errorCodes = Object.keys(errors) as [ErrorCode, ...ErrorCode[]];

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errors, code);
}

/** What is wrong with one field of a request. */
export interface ValidationIssue {
  /** Path of the field, such as `webhook.url`. */
  field: string;
  /** Says what is allowed and what was given: `must be at least 1 (got 0)`. */
  message: string;
}

export interface PrecisErrorOptions {
  cause?: unknown;
  /** Replaces what the table says about the code. */
  retriable?: boolean;
  /** The field of the request that is invalid; the message then is about this field. */
  field?: string;
  /** Several invalid fields. */
  issues?: readonly ValidationIssue[];
  /** Seconds after which another attempt makes sense, for 429 and 503. */
  retryAfterSeconds?: number;
}

/** The one error class that crosses package borders: a stable code and a message about this occurrence. */
export class PrecisError extends Error {
  override readonly name = "PrecisError";
  readonly code: ErrorCode;
  readonly retriable: boolean;
  readonly issues: readonly ValidationIssue[];
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, message: string, options: PrecisErrorOptions = {}) {
    const { cause, field, issues } = options;
    super(field === undefined ? message : `${field}: ${message}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retriable = options.retriable ?? errors[code].retriable;
    this.issues = issues ?? (field === undefined ? [] : [{ field, message }]);
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
