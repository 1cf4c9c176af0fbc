import { readFile } from "node:fs/promises";
import { freemem, totalmem } from "node:os";
import { join } from "node:path";

/** How much memory there is and how much of it is in use, in bytes, as the operating system sees it. */
export interface MemoryReading {
  source: "cgroup" | "system";
  current: number;
  limit: number;
  /** PSI `some avg10`, percent of time in which something waited for memory; absent where the kernel does not tell. */
  psiSomeAvg10?: number;
}

/**
 * Reads the cgroup v2 of this process and of its ancestors: `memory.current` without reclaimable file pages, against
 * the least of `memory.max` and `memory.high`, and `memory.pressure`. Without a limit in any of them, the machine's
 * total and free memory.
 *
 * @param root where cgroup v2 is mounted; tests give a folder of their own
 */
export async function readMemory(root = "/sys/fs/cgroup"): Promise<MemoryReading> {
  let least: MemoryReading | undefined;
  for (const folder of await cgroupFolders(root)) {
    const reading = await readCgroup(folder);
    if (
      reading !== undefined &&
      (least === undefined || reading.limit - reading.current < least.limit - least.current)
    ) {
      least = reading;
    }
  }
  if (least !== undefined) return least;
  const limit = totalmem();
  const psi = await readPsi("/proc/pressure/memory");
  return { source: "system", limit, current: limit - (await availableMemory()), ...withPsi(psi) };
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
    limit: Math.min(...limits),
    current: Math.max(0, Number.parseInt(current, 10) - reclaimable),
    ...withPsi(psi),
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

function withPsi(psi: number | undefined): { psiSomeAvg10?: number } {
  return psi === undefined ? {} : { psiSomeAvg10: psi };
}

function read(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch(() => undefined);
}
