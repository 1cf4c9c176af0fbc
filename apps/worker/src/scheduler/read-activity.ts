import { readFileSync } from "node:fs";

/** Whether a process is doing something, as reported by the kernel. */
export interface Activity {
  /** CPU time used so far, in clock ticks (10 ms each on usual kernels). */
  cpuTicks: number;
  /** It waits for a core or for a disk: it would go on if the machine let it. */
  isWaiting: boolean;
  /** A signal has stopped it. */
  isStopped: boolean;
}

/** Reads `/proc/<pid>/stat`; `undefined` where there is none. */
export function readActivity(pid: number): Activity | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return undefined;
  }
}

/** The name of the program comes second, in parentheses, and may contain anything: `42 (a ) b) S 1 …`. */
export function parseStat(stat: string): Activity | undefined {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state] = fields;
  // Fields 14 and 15 of proc(5), user and system time of all threads; the state is field 3.
  const cpuTicks = Number(fields[11]) + Number(fields[12]);
  if (state === undefined || !Number.isFinite(cpuTicks)) return undefined;
  return { cpuTicks, isWaiting: state === "R" || state === "D", isStopped: state === "T" || state === "t" };
}
