import type { Handler } from "hono";
import { collectDefaultMetrics, Registry } from "prom-client";
import { z } from "zod";
import type { RouteDocs } from "../route.js";
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

export const serveMetricsDocs: RouteDocs = {
  summary: "Metrics for Prometheus",
  description: "Of this API process, the queue and all workers.",
  responses: {
    200: {
      description: "Metrics in the Prometheus text format",
      content: {
        "text/plain": { schema: z.string(), example: 'precis_queue_jobs{queue="summarize",state="waiting"} 3' },
      },
    },
  },
};

/** `GET /metrics` */
export function serveMetrics({ metrics }: { metrics: Metrics }): Handler {
  return async (c) => {
    const { text, contentType } = await metrics.collect();
    return c.body(text, 200, { "content-type": contentType });
  };
}
