import { PrecisApiError, PrecisConnectionError } from "@precis/client";
import { ConfigError } from "@precis/config";
import { errors, isErrorCode, PrecisError, redactAddresses } from "@precis/contracts";
import { InterruptedError } from "./interrupted-error.js";
import { UsageError } from "./usage-error.js";

/**
 * 1 failed, 2 wrong usage or an invalid request, 3 no response, 4 not allowed, 5 busy or unavailable (retry later), 130 interrupted
 * by Ctrl-C. The error table says which it is for errors of the API.
 */
export function exitCodeOf(error: unknown): number {
  if (error instanceof InterruptedError) return 130;
  if (error instanceof PrecisConnectionError) return 3;
  if (error instanceof PrecisApiError)
    return isErrorCode(error.code) ? errors[error.code].exitCode : byStatus(error.status);
  if (error instanceof PrecisError) return errors[error.code].exitCode;
  const isUsageError = error instanceof UsageError || error instanceof ConfigError;
  return isUsageError || /^ERR_PARSE_ARGS/.test((error as { code?: string }).code ?? "") ? 2 : 1;
}

/** For a response that is not from Precis but from a proxy, say: as for an error of Precis with the same status. */
function byStatus(status: number): number {
  const known = Object.values(errors).find((error) => error.status === status);
  return known?.exitCode ?? (status >= 400 && status < 500 ? 2 : 1);
}

/** An error as one line, with what to do where that is known. */
export function oneLine(error: unknown): string {
  const { issues, message: whole } = error as { issues?: readonly unknown[]; message?: string };
  // Issues that are sentences: of settings, or of a Redis that cannot be used.
  if (issues?.every((issue) => typeof issue === "string") && issues.length > 0)
    return redactAddresses(issues.join("; "));
  const message = redactAddresses(String(whole ?? error).split("\n")[0] as string);
  if (error instanceof PrecisConnectionError) return `${message}; is it running (npm start), or is PRECIS_URL wrong?`;
  if (error instanceof PrecisApiError && error.status === 401) return `${message}; give it with --key or PRECIS_KEY`;
  return message;
}
