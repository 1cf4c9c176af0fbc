import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { modelNames } from "@precis/contracts";

/** Number of cores this process may use: those of the machine, or the CPU quota of its cgroup when that is less. */
export async function usableCores(quotaFile = "/sys/fs/cgroup/cpu.max"): Promise<number> {
  const cores = availableParallelism();
  const [quota, period] = (await readFile(quotaFile, "utf8").catch(() => "max")).trim().split(" ").map(Number);
  if (quota === undefined || period === undefined || !Number.isFinite(quota) || period <= 0) return cores;
  return Math.max(1, Math.min(cores, Math.floor(quota / period)));
}

/** Intra-op threads of one model process: the cores divided among the models, which may run at the same time. */
export function threadsPerModel(cores: number): number {
  return Math.max(1, Math.floor(cores / modelNames.length));
}
