import { PrecisApiError, PrecisConnectionError } from "@precis/client";
import { ConfigError } from "@precis/config";
import { redactAddresses } from "@precis/contracts";
import { InterruptedError } from "./interrupted-error.js";
import { UsageError } from "./usage-error.js";

/**
 * 2 wrong usage or input the API refuses, 3 no answer, 4 not allowed, 5 busy (try again later), 130 interrupted by Ctrl-C,
 * 1 whatever else failed.
 */
export function exitCodeOf(error: unknown): number {
  if (
    error instanceof UsageError ||
    error instanceof ConfigError ||
    /^ERR_PARSE_ARGS/.test((error as { code?: string }).code ?? "")
  )
    return 2;
  if (error instanceof InterruptedError) return 130;
  if (error instanceof PrecisConnectionError) return 3;
  if (!(error instanceof PrecisApiError)) return 1;
  if (error.status === 401 || error.status === 403) return 4;
  if (error.status === 429 || error.status === 503) return 5;
  return error.status >= 400 && error.status < 500 && error.status !== 404 && error.status !== 409 ? 2 : 1;
}

/** An error as one line, with what to do where that is known. */
export function oneLine(error: unknown): string {
  const { issues, message: whole } = error as { issues?: readonly string[]; message?: string };
  // Of settings, or of a Redis that cannot be used.
  if (Array.isArray(issues)) return redactAddresses(issues.join("; "));
  const message = redactAddresses(String(whole ?? error).split("\n")[0] as string);
  if (error instanceof PrecisConnectionError) return `${message}; is it running (npm start), or is PRECIS_URL wrong?`;
  if (error instanceof PrecisApiError && error.status === 401) return `${message}; give it with --key or PRECIS_KEY`;
  return message;
}
