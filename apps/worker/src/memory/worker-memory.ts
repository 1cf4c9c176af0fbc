import { type MemoryReading, readUsage } from "./read-memory.js";
import { readProcessMemory } from "./read-process-memory.js";

/** Reads the memory of this worker: of its supervisor, its model processes, and of what it may use. */
export interface WorkerMemory {
  readUsage(): Promise<MemoryReading>;
  /** Resident memory of a process in bytes; 0 once it has exited. */
  rssOf(pid: number | undefined): Promise<number>;
  /** Resident memory of the supervisor in bytes: the least this worker can use. */
  ownRss(): Promise<number>;
  /** Resident memory of the supervisor and its model processes together, in bytes. */
  totalRss(): Promise<number>;
}

/** @param modelPids process ids of the model processes that exist now */
export function openWorkerMemory(memoryLimit: number | undefined, modelPids: () => number[]): WorkerMemory {
  const rssOf = async (pid: number | undefined) => (pid === undefined ? 0 : (await readProcessMemory(pid)).rss);
  const ownRss = () => rssOf(process.pid);
  const totalRss = async () => {
    const all = await Promise.all([process.pid, ...modelPids()].map(rssOf));
    return all.reduce((sum, rss) => sum + rss, 0);
  };
  return { readUsage: () => readUsage(memoryLimit, totalRss), rssOf, ownRss, totalRss };
}
