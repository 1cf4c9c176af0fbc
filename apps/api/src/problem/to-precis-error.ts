import { PrecisError } from "@precis/contracts";
import { isRedisError, isRedisFull } from "@precis/redis";
import { HTTPException } from "hono/http-exception";

/** The only place that maps errors to responses. Unexpected errors never leak details. */
export function toPrecisError(error: Error): PrecisError {
  if (error instanceof PrecisError) return error;
  const options = { cause: error };
  if (error instanceof HTTPException) {
    if (error.status === 403) return new PrecisError("forbidden", "The request came from another origin", options);
    const code = error.status === 413 ? "payload_too_large" : "invalid_json";
    return new PrecisError(code, error.message || "The body is not valid JSON", options);
  }
  if (isRedisFull(error)) {
    return new PrecisError("queue_full", "Redis has no memory for another job; nothing was accepted", options);
  }
  if (isRedisError(error)) {
    return new PrecisError("redis_unavailable", "Redis cannot be reached; nothing was accepted", options);
  }
  return new PrecisError("internal", "An unexpected error occurred", options);
}
