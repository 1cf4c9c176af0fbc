import { errorKind } from "./describe-error.js";
import type { Logger } from "./logger.js";

type Level = "warn" | "error";

/** Logs what may happen many times a second, as in loops that try again while Redis is away. */
export interface RepeatLimit {
  /** Logs an error; those of the same kind under the same message count as one. */
  failed(message: string, error: unknown, level?: Level): void;
  /** Logs anything; what has the same `kind` counts as one. */
  happened(message: string, kind: string, fields: Record<string, unknown>, level?: Level): void;
}

const maxKinds = 200;

/**
 * The first of a kind is logged at once; what follows within `everyMs` is counted, and the last of it logged at the end of
 * that time with the count as `suppressed`.
 */
export function limitRepeats(log: Pick<Logger, Level>, everyMs = 10_000): RepeatLimit {
  const recent = new Map<string, { suppressed: number; write: (suppressed: number) => void }>();
  const wait = (kind: string) => {
    setTimeout(() => {
      const entry = recent.get(kind);
      if (entry === undefined || entry.suppressed === 0) {
        recent.delete(kind);
        return;
      }
      entry.write(entry.suppressed - 1);
      entry.suppressed = 0;
      wait(kind);
    }, everyMs).unref();
  };
  const happened: RepeatLimit["happened"] = (message, kind, fields, level = "warn") => {
    const write = (suppressed: number) => log[level]({ ...fields, ...(suppressed > 0 ? { suppressed } : {}) }, message);
    const key = `${message} ${kind}`;
    const entry = recent.get(key);
    if (entry !== undefined) {
      entry.suppressed += 1;
      entry.write = write;
      return;
    }
    // More kinds than that are not kinds: rather a line too few than a flood.
    if (recent.size >= maxKinds) return;
    recent.set(key, { suppressed: 0, write });
    wait(key);
    write(0);
  };
  return {
    happened,
    failed: (message, error, level) => happened(message, errorKind(error), { err: error }, level),
  };
}
