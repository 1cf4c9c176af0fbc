import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** Memory of one process, in bytes; all 0 once it has gone. */
export interface ProcessMemory {
  rss: number;
  /** Most RSS it ever had; on systems that do not tell, what it has now. */
  peakRss: number;
}

const run = promisify(execFile);

/** Reads `/proc/<pid>/status`, or asks `ps` where there is no `/proc`. */
export async function readProcessMemory(pid: number): Promise<ProcessMemory> {
  if (process.platform === "linux") {
    const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
    const kibibytes = (field: string) =>
      Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0) * 1024;
    return { rss: kibibytes("VmRSS"), peakRss: kibibytes("VmHWM") };
  }
  const answer = await run("ps", ["-o", "rss=", "-p", String(pid)]).catch(() => ({ stdout: "0" }));
  const rss = Number(answer.stdout.trim()) * 1024;
  return { rss, peakRss: rss };
}

/** Proportional set size in bytes: shared pages counted by share. `undefined` where the kernel does not tell. */
export async function readPss(pid: number): Promise<number | undefined> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
  const match = /^Pss:\s+(\d+) kB/m.exec(rollup);
  return match === null ? undefined : Number(match[1]) * 1024;
}
