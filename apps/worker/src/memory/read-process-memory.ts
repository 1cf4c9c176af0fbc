import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** Memory of one process, in bytes; all 0 once it has exited. */
export interface ProcessMemory {
  rss: number;
  /** Its maximum RSS so far; its current RSS on systems that do not report it. */
  peakRss: number;
}

const run = promisify(execFile);

/** Reads `/proc/<pid>/status`, or asks `ps` where there is no `/proc`. */
export async function readProcessMemory(pid: number): Promise<ProcessMemory> {
  if (process.platform === "linux") {
    const status = readStatus(pid);
    const kibibytes = (field: string) =>
      Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0) * 1024;
    return { rss: kibibytes("VmRSS"), peakRss: kibibytes("VmHWM") };
  }
  const output = await run("ps", ["-o", "rss=", "-p", String(pid)]).catch(() => ({ stdout: "0" }));
  const rss = Number(output.stdout.trim()) * 1024;
  return { rss, peakRss: rss };
}

/** Synchronous: the kernel writes it in microseconds, and a round through the thread pool costs far more. */
function readStatus(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return "";
  }
}

/** The kernel visits every page of a process for its PSS, which takes milliseconds for a model, so it is read this rarely. */
const pssAgeMs = 10_000;
const knownPss = new Map<number, { at: number; pss: number | undefined }>();

/**
 * Proportional set size in bytes, which divides shared pages among their processes; at most ten seconds old. `undefined` where the
 * kernel does not report it.
 */
export async function readPss(pid: number): Promise<number | undefined> {
  const now = Date.now();
  for (const [other, { at }] of knownPss) if (now - at >= pssAgeMs) knownPss.delete(other);
  const known = knownPss.get(pid);
  if (known !== undefined) return known.pss;
  const pss = await measurePss(pid);
  knownPss.set(pid, { at: now, pss });
  return pss;
}

async function measurePss(pid: number): Promise<number | undefined> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
  const match = /^Pss:\s+(\d+) kB/m.exec(rollup);
  return match === null ? undefined : Number(match[1]) * 1024;
}
