import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
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
    const status = readStatus(pid);
    const kibibytes = (field: string) =>
      Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0) * 1024;
    return { rss: kibibytes("VmRSS"), peakRss: kibibytes("VmHWM") };
  }
  const answer = await run("ps", ["-o", "rss=", "-p", String(pid)]).catch(() => ({ stdout: "0" }));
  const rss = Number(answer.stdout.trim()) * 1024;
  return { rss, peakRss: rss };
}

/** Synchronous: the kernel makes it in microseconds, and a round through the thread pool costs far more. */
function readStatus(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return "";
  }
}

/** The kernel walks every page of a process for its PSS, milliseconds for a model; so it is asked this seldom. */
const pssAgeMs = 10_000;
const knownPss = new Map<number, { at: number; pss: number | undefined }>();

/**
 * Proportional set size in bytes, at most ten seconds old: shared pages counted by share. `undefined` where the kernel
 * does not tell.
 */
export async function readPss(pid: number): Promise<number | undefined> {
  const now = Date.now();
  for (const [other, { at }] of knownPss) if (now - at >= pssAgeMs) knownPss.delete(other);
  const known = knownPss.get(pid);
  if (known !== undefined) return known.pss;
  const pss = await askPss(pid);
  knownPss.set(pid, { at: now, pss });
  return pss;
}

async function askPss(pid: number): Promise<number | undefined> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
  const match = /^Pss:\s+(\d+) kB/m.exec(rollup);
  return match === null ? undefined : Number(match[1]) * 1024;
}
