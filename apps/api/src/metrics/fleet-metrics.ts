import { type CounterName, counters, type HistogramName, histograms, modelNames } from "@precis/contracts";
import { readTotals, readWorkers, type Totals } from "@precis/control";
import { queueStates } from "@precis/queue";
import { Gauge, type Registry } from "prom-client";
import type { Services } from "../services.js";

/** Registers what is measured outside this process; returns the function that reads it, called before each scrape. */
export function fleetMetrics(registry: Registry, { redis, keys, queue, deliveries }: Services): () => Promise<void> {
  const gauge = (name: string, help: string, ...labelNames: string[]) =>
    new Gauge({ name: `precis_${name}`, help, labelNames, registers: [registry] });
  const up = gauge("redis_up", "1 when Redis answered this scrape; while it is 0 the fleet metrics are missing");
  const jobs = gauge("queue_jobs", "Jobs in a queue by state", "queue", "state");
  const oldest = gauge("queue_oldest_waiting_seconds", "Age of the oldest waiting job", "queue");
  const paused = gauge("queue_paused", "1 while an operator has paused the queue", "queue");
  const workers = gauge("workers", "Workers with telemetry in the last 8 s, by status", "status");
  const loaded = gauge("models_loaded", "Model processes with weights in memory", "model");
  const workerRss = gauge("worker_rss_bytes", "Resident memory of a worker's supervisor", "worker");
  const modelRss = gauge("model_rss_bytes", "Resident memory of a model process", "worker", "model");
  const memory = gauge(
    "worker_memory_bytes",
    "Memory in use within the limit that applies to the worker: its own, its cgroup's or the machine's",
    "worker",
  );
  const limit = gauge("worker_memory_limit_bytes", "Memory limit that applies to the worker", "worker");
  const lag = gauge(
    "worker_event_loop_lag_seconds",
    "Event loop delay of a worker's supervisor, 99th percentile over about two seconds",
    "worker",
  );
  const fleet = [jobs, oldest, paused, workers, loaded, workerRss, modelRss, memory, limit, lag];
  let totals: Totals | undefined;
  registerTotals(registry, () => totals);

  return async () => {
    for (const metric of fleet) metric.reset();
    totals = undefined;
    try {
      const [depths, live, counted] = await Promise.all([
        Promise.all([queue, deliveries].map((each) => each.readDepth())),
        readWorkers(redis, keys),
        readTotals(redis, keys),
      ]);
      totals = counted;
      up.set(1);
      for (const { queue, counts, oldestWaitingMs, paused: isPaused } of depths) {
        for (const state of queueStates) jobs.set({ queue, state }, counts[state]);
        oldest.set({ queue }, oldestWaitingMs / 1_000);
        paused.set({ queue }, isPaused ? 1 : 0);
      }
      for (const status of ["starting", "running", "paused", "stopping"]) {
        workers.set({ status }, live.filter((worker) => worker.status === status).length);
      }
      for (const model of modelNames) loaded.set({ model }, 0);
      for (const { id: worker, rss, models, memory: held, event_loop_lag_ms } of live) {
        workerRss.set({ worker }, rss);
        memory.set({ worker }, held.current);
        limit.set({ worker }, held.limit);
        if (event_loop_lag_ms !== undefined) lag.set({ worker }, event_loop_lag_ms / 1_000);
        for (const { model, state, rss: bytes } of models) {
          modelRss.set({ worker, model }, bytes);
          if (state === "ready" || state === "busy") loaded.inc({ model });
        }
      }
    } catch {
      up.set(0);
    }
  };
}

interface Sample {
  labels: Record<string, string | number>;
  value: number;
  metricName?: string;
}

/**
 * prom-client's own counters can only be counted up in this process. Its registry takes anything with a name and `get`
 * (prom-client 15), so the totals that workers keep in Redis are shown as they are.
 */
function registerTotals(registry: Registry, read: () => Totals | undefined): void {
  const register = (type: string, name: string, help: string, values: () => Sample[]) =>
    registry.registerMetric({ name, get: async () => ({ name, help, type, values: values() }) } as never);

  for (const key of Object.keys(counters) as CounterName[]) {
    register("counter", `precis_${key}_total`, counters[key].help, () => read()?.counters[key] ?? []);
  }
  for (const key of Object.keys(histograms) as HistogramName[]) {
    const name = `precis_${key}`;
    register("histogram", name, histograms[key].help, () =>
      (read()?.histograms[key] ?? []).flatMap(({ labels, counts, sum }) => {
        let below = 0;
        const buckets = counts.map((count, index): Sample => {
          below += count;
          const le = histograms[key].buckets[index] ?? "+Inf";
          return { labels: { ...labels, le }, value: below, metricName: `${name}_bucket` };
        });
        return [
          ...buckets,
          { labels, value: sum, metricName: `${name}_sum` },
          { labels, value: below, metricName: `${name}_count` },
        ];
      }),
    );
  }
}
