import { PrecisError } from "@precis/contracts";
import type { Search } from "../search/search.js";

/** One text on its way through the batches. */
export interface Ticket {
  readonly ids: readonly number[];
  readonly search: Search;
  /** When it came, on the clock of `performance.now()`. */
  readonly since: number;
  /** Whether its caller has been answered, by a result, an error or a cancellation. */
  settled: boolean;
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
