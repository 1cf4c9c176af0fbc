import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { version } from "@precis/config";
import { omitUndefined, type WorkerTelemetry } from "@precis/contracts";
import type { RedisTime } from "@precis/redis";
import { readProcessMemory, readPss } from "../memory/read-process-memory.js";
import type { ModelRunner } from "../scheduler/model-runner.js";
import type { SchedulerSnapshot } from "../scheduler/model-scheduler.js";
import type { JobCounters } from "./log-jobs.js";

/** The parts of a worker's telemetry that never change. */
export type WorkerIdentity = Pick<WorkerTelemetry, "id" | "host" | "pid" | "version" | "started" | "device">;

/** A worker that restarts has a new id. */
export function identifyWorker(device: WorkerIdentity["device"]): WorkerIdentity {
  const id = `${hostname()}-${process.pid}-${randomBytes(2).toString("hex")}`;
  return { id, host: hostname(), pid: process.pid, version, started: Date.now(), device };
}

export interface DescribedWorker {
  identity: WorkerIdentity;
  snapshot: SchedulerSnapshot;
  counters: Readonly<JobCounters>;
  clock: Pick<RedisTime, "skewMs">;
}

/** Measures a worker and its model processes. */
export async function describeWorker({
  identity,
  snapshot,
  counters,
  clock,
}: DescribedWorker): Promise<WorkerTelemetry> {
  const { status, pausedBy, runners, memory } = snapshot;
  const { rss } = await readProcessMemory(process.pid);
  const isPaused = status === "running" && pausedBy.length > 0;
  return {
    ...identity,
    at: Date.now(),
    clock_skew_ms: clock.skewMs,
    status: isPaused ? "paused" : status,
    paused_by: pausedBy,
    rss,
    models: await Promise.all(runners.map(describeModel)),
    jobs_done: counters.done,
    jobs_failed: counters.failed,
    memory: {
      source: memory.source,
      current: memory.current,
      limit: memory.limit,
      pressure: snapshot.pressure,
      ...omitUndefined({ psi_some_avg10: memory.psiSomeAvg10, cgroup: memory.cgroup }),
      too_small_for: snapshot.tooSmallFor,
    },
  };
}

async function describeModel(runner: ModelRunner): Promise<WorkerTelemetry["models"][number]> {
  const { pid, counters } = runner;
  const memory = pid === undefined ? { rss: 0, peakRss: 0 } : await readProcessMemory(pid);
  const pss = pid === undefined ? undefined : await readPss(pid);
  return {
    model: runner.model,
    state: runner.state,
    responding: runner.isResponding,
    ...(pid ? { pid } : {}),
    rss: memory.rss,
    ...omitUndefined({ pss, loaded_at: counters.loadedAt, last_used: counters.lastUsed }),
    peak_rss: memory.peakRss,
    in_flight: runner.inFlight,
    loads: counters.loads,
    unloads: counters.unloads,
    jobs_done: counters.jobs,
    jobs_failed: counters.failed,
    tokens_per_second: runner.tokensPerSecond,
  };
}
