import type { PauseReason, WorkerTelemetry } from "@precis/contracts";
import type { RedisTime } from "@precis/redis";
import type { MemoryGuard } from "../scheduler/load-admission.js";
import type { MemoryReading } from "../memory/read-memory.js";
import { readProcessMemory, readPss } from "../memory/read-process-memory.js";
import type { ModelSlot } from "../scheduler/model-runner.js";

/** The parts of a worker's telemetry that never change. */
export type WorkerIdentity = Pick<WorkerTelemetry, "id" | "host" | "pid" | "version" | "started" | "device">;

export interface WorkerCounters {
  done: number;
  failed: number;
}

export interface DescribedWorker {
  identity: WorkerIdentity;
  slots: readonly ModelSlot[];
  counters: Readonly<WorkerCounters>;
  status: "starting" | "running" | "stopping";
  pausedBy: PauseReason[];
  memory: MemoryReading;
  guard: Pick<MemoryGuard, "pressure" | "tooSmallFor">;
  clock: Pick<RedisTime, "skewMs">;
}

/** Measures a worker and its model processes. */
export async function describeWorker(worker: DescribedWorker): Promise<WorkerTelemetry> {
  const { identity, memory, guard, counters, pausedBy } = worker;
  const { rss } = await readProcessMemory(process.pid);
  const paused = worker.status === "running" && pausedBy.length > 0;
  return {
    ...identity,
    at: Date.now(),
    clock_skew_ms: worker.clock.skewMs,
    status: paused ? "paused" : worker.status,
    paused_by: pausedBy,
    rss,
    models: await Promise.all(worker.slots.map(describeModel)),
    jobs_done: counters.done,
    jobs_failed: counters.failed,
    memory: {
      source: memory.source,
      current: memory.current,
      limit: memory.limit,
      pressure: guard.pressure,
      ...(memory.psiSomeAvg10 === undefined ? {} : { psi_some_avg10: memory.psiSomeAvg10 }),
      ...(memory.cgroup === undefined ? {} : { cgroup: memory.cgroup }),
      too_small_for: guard.tooSmallFor,
    },
  };
}

async function describeModel(slot: ModelSlot): Promise<WorkerTelemetry["models"][number]> {
  const { pid, counters } = slot;
  const memory = pid === undefined ? { rss: 0, peakRss: 0 } : await readProcessMemory(pid);
  const pss = pid === undefined ? undefined : await readPss(pid);
  return {
    model: slot.model,
    state: slot.phase,
    responding: slot.isResponding,
    ...(pid ? { pid } : {}),
    rss: memory.rss,
    ...(pss === undefined ? {} : { pss }),
    peak_rss: memory.peakRss,
    ...(counters.loadedAt === undefined ? {} : { loaded_at: counters.loadedAt }),
    ...(counters.lastUsed === undefined ? {} : { last_used: counters.lastUsed }),
    in_flight: slot.inFlight,
    loads: counters.loads,
    unloads: counters.unloads,
    jobs_done: counters.jobs,
    jobs_failed: counters.failed,
    tokens_per_second: slot.tokensPerSecond,
  };
}
