import type { RepeatLimit } from "./limit-repeats.js";
import type { Logger } from "./logger.js";

/** A connection to Redis that was replaced, as `@precis/redis` reports it. */
type Notice = { connection: string } & (
  | { reason: "silent"; silentMs: number }
  | { reason: "wrong-server"; code: string }
);

/** Logs which connection was replaced and why. */
export function logNotices(repeats: RepeatLimit): (notice: Notice) => void {
  return (notice) => {
    const { connection } = notice;
    if (notice.reason === "silent") {
      const fields = { connection, silent_ms: notice.silentMs };
      repeats.happened("a Redis connection was silent and is replaced", connection, fields);
    } else {
      const fields = { connection, code: notice.code };
      const message = "Redis is not the primary: all connections to its address are replaced";
      repeats.happened(message, notice.code, fields);
    }
  };
}

/** Logs that the clock of this machine differs from that of Redis, and when it does no longer. */
export function logClock(log: Pick<Logger, "warn" | "info">): (skewMs: number, isCorrected: boolean) => void {
  return (skewMs, isCorrected) => {
    const fields = { clock_skew_ms: skewMs };
    if (!isCorrected) return log.info(fields, "the clock of this machine agrees with that of Redis again");
    const side = skewMs > 0 ? "ahead of" : "behind";
    log.warn(
      fields,
      `the clock of this machine is ${(Math.abs(skewMs) / 1_000).toFixed(1)} s ${side} that of Redis: corrected for this process; synchronize both by NTP`,
    );
  };
}
