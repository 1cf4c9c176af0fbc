import { readFileSync } from "node:fs";
import { freemem, totalmem } from "node:os";
import { join } from "node:path";
import { omitUndefined } from "@precis/contracts";

/** Memory in use and its limit, in bytes, as reported by the operating system. */
export interface MemoryReading {
  source: "MEMORY_LIMIT" | "cgroup" | "system";
  current: number;
  limit: number;
  /** PSI `some avg10`, percent of time in which something waited for memory; absent where the kernel does not report it. */
  psiSomeAvg10?: number;
  /** The tightest cgroup with a limit, whatever `source` is. */
  cgroup?: { current: number; limit: number };
}

/**
 * Memory in use of what this worker may use. `MEMORY_LIMIT` is compared with the resident memory of the worker and overrides all
 * else, also the PSI of the machine, which other processes cause; without it the operating system decides.
 *
 * @param totalRss resident memory of the worker and its model processes together
 */
export async function readUsage(
  memoryLimit: number | undefined,
  totalRss: () => Promise<number>,
  root?: string,
): Promise<MemoryReading> {
  const system = await readMemory(root);
  if (memoryLimit === undefined) return system;
  return {
    source: "MEMORY_LIMIT",
    current: await totalRss(),
    limit: memoryLimit,
    ...omitUndefined({ cgroup: system.cgroup }),
  };
}

/**
 * Reads the cgroup v2 of this process and of its ancestors (`memory.current` without reclaimable file pages, against the lower of
 * `memory.max` and `memory.high`, and `memory.pressure`) and the machine's total and available memory; returns whichever leaves least.
 *
 * @param root where cgroup v2 is mounted
 */
export async function readMemory(root = "/sys/fs/cgroup"): Promise<MemoryReading> {
  const limit = totalmem();
  const machine: MemoryReading = {
    source: "system",
    limit,
    current: limit - (await availableMemory()),
    ...omitUndefined({ psiSomeAvg10: await readPsi("/proc/pressure/memory") }),
  };
  const cgroups = (await Promise.all((await cgroupFolders(root)).map(readCgroup))).filter(
    (found) => found !== undefined,
  );
  const [tightest] = cgroups.sort((one, other) => freeBytes(one) - freeBytes(other));
  if (tightest === undefined || freeBytes(machine) < freeBytes(tightest)) return { ...machine, ...cgroupOf(tightest) };
  return { ...tightest, ...cgroupOf(tightest) };
}

const freeBytes = ({ limit, current }: MemoryReading) => limit - current;

function cgroupOf(reading: MemoryReading | undefined): { cgroup?: { current: number; limit: number } } {
  return reading === undefined ? {} : { cgroup: { current: reading.current, limit: reading.limit } };
}

async function readCgroup(folder: string): Promise<MemoryReading | undefined> {
  const [max, high, current, stat] = await Promise.all(
    ["memory.max", "memory.high", "memory.current", "memory.stat"].map((file) => read(join(folder, file))),
  );
  const limits = [max, high].map((text) => Number.parseInt(text ?? "", 10)).filter((bytes) => Number.isFinite(bytes));
  if (limits.length === 0 || current === undefined) return undefined;
  const reclaimable = Number(/^inactive_file (\d+)$/m.exec(stat ?? "")?.[1] ?? 0);
  const psi = await readPsi(join(folder, "memory.pressure"));
  return {
    source: "cgroup",
    current: Math.max(0, Number.parseInt(current, 10) - reclaimable),
    limit: Math.min(...limits),
    ...omitUndefined({ psiSomeAvg10: psi }),
  };
}

async function cgroupFolders(root: string): Promise<string[]> {
  const own = /^0::(.*)$/m.exec((await read("/proc/self/cgroup")) ?? "")?.[1] ?? "/";
  const parts = own.split("/").filter((part) => part !== "" && part !== "..");
  // In a container the path may be the host's, which is not mounted here: then the root is the container's own cgroup.
  return [...parts.map((_, index) => join(root, ...parts.slice(0, parts.length - index))), root];
}

async function availableMemory(): Promise<number> {
  const available = /^MemAvailable:\s+(\d+) kB/m.exec((await read("/proc/meminfo")) ?? "")?.[1];
  return available === undefined ? freemem() : Number(available) * 1024;
}

async function readPsi(file: string): Promise<number | undefined> {
  const match = /^some avg10=([\d.]+)/m.exec((await read(file)) ?? "");
  return match === null ? undefined : Number(match[1]);
}

/** Synchronous: the kernel writes these few lines in microseconds, and a round through the thread pool costs far more. */
async function read(file: string): Promise<string | undefined> {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
