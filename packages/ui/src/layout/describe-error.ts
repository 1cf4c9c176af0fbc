import { PrecisApiError, PrecisConnectionError } from "@precis/client";

/** An error as the page shows it. */
export function describeError(error: unknown): string {
  if (error instanceof PrecisConnectionError)
    return "The API is not reachable. Check that it is running, then try again.";
  return error instanceof Error ? error.message : String(error);
}

/** Whether logging in with another API key can help. */
export function needsLogin(error: unknown): boolean {
  return error instanceof PrecisApiError && (error.status === 401 || error.status === 403);
}
