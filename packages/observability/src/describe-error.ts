import { redactAddresses } from "@precis/contracts";

/** Causes within causes are followed no deeper than this. */
const maxDepth = 5;

interface DescribedError {
  type: string;
  message: string;
  stack?: string;
  code?: string;
  cause?: DescribedError;
}

/**
 * An error for the log. Its own fields are left out but for the code: those of ioredis hold the command with all its
 * arguments, which may be a password or a text. Addresses in messages and stacks lose their passwords.
 */
export function describeError(error: unknown, depth = 0): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error, message: redactAddresses(String(error)) };
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    message: redactAddresses(error.message),
    ...(error.stack === undefined ? {} : { stack: redactAddresses(error.stack) }),
    ...(typeof code === "string" ? { code } : {}),
    ...(error.cause === undefined || depth >= maxDepth ? {} : { cause: describeError(error.cause, depth + 1) }),
  };
}
