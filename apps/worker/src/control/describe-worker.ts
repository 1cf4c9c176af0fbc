import { totalmem } from "node:os";
import type { WorkerTelemetry } from "@precis/contracts";
import { readProcessMemory, readPss } from "../memory/read-process-memory.js";
import type { ModelSlot } from "../supervisor/model-slot.js";

/** The parts of a worker's telemetry that never change. */
export type WorkerIdentity = Pick<WorkerTelemetry, "id" | "host" | "pid" | "version" | "started" | "device">;

export interface WorkerCounters {
  done: number;
  failed: number;
}

/** Measures a worker and its model processes. */
export async function describeWorker(
  identity: WorkerIdentity,
  slots: readonly ModelSlot[],
  counters: WorkerCounters,
  status: WorkerTelemetry["status"],
  memoryLimit: number | undefined,
): Promise<WorkerTelemetry> {
  const { rss } = await readProcessMemory(process.pid);
  const models = await Promise.all(
    slots.map(async (slot) => {
      const { pid, counters: counted } = slot;
      const memory = pid === undefined ? { rss: 0, peakRss: 0 } : await readProcessMemory(pid);
      const pss = pid === undefined ? undefined : await readPss(pid);
      return {
        model: slot.model,
        state: slot.phase,
        ...(pid ? { pid } : {}),
        rss: memory.rss,
        ...(pss === undefined ? {} : { pss }),
        peak_rss: memory.peakRss,
        ...(counted.loadedAt === undefined ? {} : { loaded_at: counted.loadedAt }),
        ...(counted.lastUsed === undefined ? {} : { last_used: counted.lastUsed }),
        in_flight: slot.inFlight,
        loads: counted.loads,
        unloads: counted.unloads,
        tokens_per_second: 0,
      };
    }),
  );
  const current = rss + models.reduce((sum, model) => sum + model.rss, 0);
  return {
    ...identity,
    at: Date.now(),
    status,
    rss,
    models,
    jobs_done: counters.done,
    jobs_failed: counters.failed,
    memory: {
      source: memoryLimit === undefined ? "system" : "MEMORY_LIMIT",
      current,
      limit: memoryLimit ?? totalmem(),
      pressure: "none",
    },
  };
}
