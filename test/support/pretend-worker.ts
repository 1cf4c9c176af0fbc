import type { WorkerTelemetry } from "@precis/contracts";

/** What a worker would say of itself. */
export function pretendWorker(index: number, at: number): WorkerTelemetry {
  const id = `rack${Math.floor(index / 10)}-${String(index).padStart(3, "0")}`;
  const model = (name: "bart" | "t5", loaded: boolean) => ({
    model: name,
    state: loaded ? ("ready" as const) : ("absent" as const),
    rss: loaded ? 200e6 + index * 1e5 : 0,
    peak_rss: loaded ? 240e6 : 0,
    in_flight: 0,
    loads: 1,
    unloads: 0,
    jobs_done: 0,
    jobs_failed: 0,
    tokens_per_second: 0,
  });
  const models = [model("bart", index % 2 === 0), model("t5", index % 3 === 0)];
  const current = 80e6 + models.reduce((sum, { rss }) => sum + rss, 0);
  return {
    id,
    host: id,
    pid: 1_000 + index,
    version: "0.1.0",
    started: at - 3_600_000,
    at,
    device: "cpu",
    status: "running",
    paused_by: [],
    rss: 80e6,
    models,
    jobs_done: index,
    jobs_failed: 0,
    memory: { source: "MEMORY_LIMIT", current, limit: 1e9, pressure: "none", too_small_for: [] },
  };
}
