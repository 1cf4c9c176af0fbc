import type { FleetView, FleetWorker, WorkerTelemetry } from "@precis/contracts";
import { readWorkers } from "@precis/control";
import type { Services } from "../services.js";

/** Reads the fleet as the fleet page shows it. */
export async function viewFleet({ redis, keys, queue }: Services): Promise<FleetView> {
  const [workers, depth, perMinute] = await Promise.all([
    readWorkers(redis, keys),
    queue.readDepth(),
    queue.readThroughput(60),
  ]);
  const { waiting, prioritized, delayed, active, failed } = depth.counts;
  return {
    at: Date.now(),
    workers: workers.map(viewWorker),
    waiting: waiting + prioritized + delayed,
    running: active,
    failed,
    is_paused: depth.paused,
    oldest_waiting_ms: depth.oldestWaitingMs,
    per_minute: perMinute,
  };
}

function viewWorker(worker: WorkerTelemetry): FleetWorker {
  const { id, host, pid, status, started, memory } = worker;
  return {
    id,
    host,
    pid,
    status,
    paused_by: worker.paused_by,
    started,
    done: worker.jobs_done,
    failed: worker.jobs_failed,
    rss: worker.models.reduce((sum, { rss }) => sum + rss, worker.rss),
    current: memory.current,
    limit: memory.limit,
    limit_source: memory.source,
    pressure: memory.pressure,
    models: worker.models.map(({ model, state, responding, rss, in_flight, loads, unloads }) => ({
      model,
      state,
      responding: responding !== false,
      rss,
      in_flight,
      loads,
      unloads,
    })),
  };
}
