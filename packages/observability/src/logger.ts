import { type Logger, type LoggerOptions, pino } from "pino";
import { describeError } from "./describe-error.js";

export type { Logger };

/**
 * One JSON line per event on standard output, or readable lines when that is a terminal. Texts and summaries are never
 * logged by the callers; `redact` catches the fields they would come in if somebody forgot.
 */
export async function createLogger(options: {
  name: string;
  level: string;
  /** Each line is written before the call returns, for a process that ends right after it. */
  isSync?: boolean;
}): Promise<Logger> {
  const settings: LoggerOptions = {
    name: options.name,
    level: options.level,
    base: { pid: process.pid },
    redact: { paths: ["text", "*.text", "summary", "*.summary", "*.authorization"], censor: "[redacted]" },
    serializers: { err: (error: unknown) => describeError(error) },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  if (!process.stdout.isTTY) return pino(settings, pino.destination({ dest: 1, sync: options.isSync === true }));
  // Loaded for terminals only: it costs several megabytes that a worker in production should not hold.
  const { default: pretty } = await import("pino-pretty");
  return pino(
    settings,
    pretty({ sync: options.isSync === true, ignore: "pid,hostname", translateTime: "SYS:HH:MM:ss" }),
  );
}
