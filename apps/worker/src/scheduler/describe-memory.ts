import { omitUndefined } from "@precis/contracts";
import type { MemoryReading } from "../memory/read-memory.js";
import type { Decision } from "./scheduler-events.js";

/** Memory in use, for people to read. */
export const formatMegabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;

/** The numbers of a reading that a decision carries. */
export function memoryNumbers({
  current,
  limit,
  psiSomeAvg10,
}: MemoryReading): Pick<Decision, "current" | "limit" | "psi_some_avg10"> {
  return { current, limit, ...omitUndefined({ psi_some_avg10: psiSomeAvg10 }) };
}
