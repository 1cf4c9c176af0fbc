import { redactAddresses } from "@precis/contracts";

/** What a log line says about an error. */
export interface DescribedError {
  type: string;
  message: string;
  code?: string;
  stack?: string;
  cause?: DescribedError;
}

const maxMessageLength = 300;
const maxStackLines = 8;
/** Causes within causes are followed no deeper than this. */
const maxCauses = 5;

/**
 * An error for the log, bounded, without what the libraries attach to theirs: ioredis adds the command with all its arguments,
 * which are whole Lua scripts, texts, summaries and passwords. Addresses lose their passwords.
 */
export function describeError(error: unknown, depth = 0): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error, message: shorten(redactAddresses(String(error))) };
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return {
    type: error.name,
    message: safeMessage(error),
    ...(typeof code === "string" ? { code } : {}),
    ...(frames.length === 0 ? {} : { stack: redactAddresses(frames.slice(0, maxStackLines).join("\n")) }),
    ...(cause === undefined || depth >= maxCauses ? {} : { cause: describeError(cause, depth + 1) }),
  };
}

/** What kind of error it is, whatever ids and numbers it names: errors of one kind are logged once in a while only. */
export function errorKind(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const { code } = error as { code?: unknown };
  const words = safeMessage(error).replace(/\S*\d\S*/g, "#");
  return `${error.name} ${typeof code === "string" ? code : ""} ${words.slice(0, 100)}`;
}

/** Redis repeats the arguments of a command it does not know. */
function safeMessage({ message }: Error): string {
  return shorten(redactAddresses(message.replace(/,? with args beginning with: .*$/s, "")));
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= maxMessageLength ? line : `${line.slice(0, maxMessageLength)} …`;
}
