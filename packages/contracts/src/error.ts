/**
 * The stable, machine-readable names of everything that can go wrong. They appear as `code` in problem+json answers,
 * in failed jobs and in IPC errors; a name is never reused for another meaning.
 */
export const errorCodes = [
  "invalid_request",
  "invalid_json",
  "unsupported_media_type",
  "payload_too_large",
  "text_empty",
  "not_found",
  "job_not_found",
  "job_finished",
  "job_running",
  "job_not_failed",
  "batch_not_found",
  "idempotency_key_reused",
  "job_not_finished",
  "method_not_allowed",
  "unauthorized",
  "forbidden",
  "rate_limited",
  "headers_too_large",
  "redis_unavailable",
  "queue_full",
  "no_workers",
  "model_load_failed",
  "model_process_died",
  "model_missing",
  "model_corrupt",
  "generation_failed",
  "worker_died",
  "text_lost",
  "deadline_exceeded",
  "cancelled",
  "internal",
] as const;
export type ErrorCode = (typeof errorCodes)[number];

/**
 * The one error class that crosses package borders. `code` is stable, `message` says what was given and what is
 * allowed, `retriable` says whether the same job may succeed on another attempt.
 */
export class PrecisError extends Error {
  override readonly name = "PrecisError";
  readonly code: ErrorCode;
  readonly retriable: boolean;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; retriable?: boolean } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retriable = options.retriable ?? false;
  }
}
