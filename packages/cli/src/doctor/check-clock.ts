import { measureSkew, type Redis, tolerableSkewMs } from "@precis/redis";
import { type Finding, failed, passed } from "./finding.js";

export const synchronize = "synchronize both machines by NTP (chrony, or `timedatectl set-ntp true`)";

/** Whether this machine's clock agrees with that of Redis. */
export async function checkClock(redis: Redis): Promise<Finding> {
  try {
    const skewMs = await measureSkew(redis);
    if (skewMs === undefined)
      return failed("clock", "Redis takes too long to answer TIME", "see whether it is overloaded");
    if (Math.abs(skewMs) <= tolerableSkewMs) return passed("clock", `${Math.abs(skewMs)} ms from that of Redis`);
    return failed("clock", `this machine's is ${describeSkew(skewMs)} that of Redis`, synchronize);
  } catch (error) {
    return failed(
      "clock",
      `Redis does not answer TIME: ${(error as Error).message}`,
      "permit its user the command TIME",
    );
  }
}

/** "15.0 s ahead of". */
export function describeSkew(skewMs: number): string {
  return `${(Math.abs(skewMs) / 1_000).toFixed(1)} s ${skewMs > 0 ? "ahead of" : "behind"}`;
}
