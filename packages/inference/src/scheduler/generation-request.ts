import { PrecisError } from "@precis/contracts";
import type { Search } from "../search/search.js";

/** A text to generate from, from submission to its result. */
export interface GenerationRequest {
  readonly ids: readonly number[];
  readonly search: Search;
  /** On the clock of `performance.now()`. */
  readonly submittedAt: number;
  /** Whether its caller has a result, an error or a cancellation. */
  isSettled: boolean;
  readonly onToken: ((ids: readonly number[]) => void) | undefined;
  settle(outcome: { ids: readonly number[] } | { error: unknown }): void;
}

export function cancelled(): PrecisError {
  return new PrecisError("cancelled", "the job was cancelled while it ran");
}

export function generationFailed(cause: unknown): PrecisError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new PrecisError("generation_failed", `the model runtime failed: ${message}`, { cause, retriable: true });
}
