import { collectDefaultMetrics, Registry } from "prom-client";
import type { Services } from "../services.js";
import { fleetMetrics } from "./fleet-metrics.js";
import { httpMetrics, type RecordResponse } from "./http-metrics.js";

/** Sampling interval of the event loop delay (`nodejs_eventloop_lag_*`), in ms. */
const lagResolutionMs = 100;

export interface Metrics {
  recordResponse: RecordResponse;
  /** All metrics in the Prometheus text format. */
  collect(): Promise<{ text: string; contentType: string }>;
}

/** What Prometheus scrapes: this API process, the queue and the whole fleet. */
export function openMetrics(services: Services): Metrics {
  const registry = new Registry();
  // The default wakes the process a hundred times a second, which costs more than everything else an idle API does.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: lagResolutionMs });
  const readFleet = fleetMetrics(registry, services);
  return {
    recordResponse: httpMetrics(registry),
    collect: async () => {
      await readFleet();
      return { text: await registry.metrics(), contentType: registry.contentType };
    },
  };
}
