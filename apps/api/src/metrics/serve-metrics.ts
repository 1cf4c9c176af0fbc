import type { OpenAPIHono } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { collectDefaultMetrics, Registry } from "prom-client";
import type { Parts } from "../parts.js";
import { fleetMetrics } from "./fleet-metrics.js";
import { type CountAnswer, httpMetrics } from "./http-metrics.js";

/** Milliseconds between looks at the event loop; they count into `nodejs_eventloop_lag_*`. */
const lagResolutionMs = 100;

/** What Prometheus reads: this API process, the queue and the whole fleet. */
export function openMetrics(parts: Parts): {
  measure: MiddlewareHandler;
  count: CountAnswer;
  routes(app: OpenAPIHono): void;
} {
  const registry = new Registry();
  // By default it wakes the process a hundred times a second, which costs more than all else an idle API does.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: lagResolutionMs });
  const look = fleetMetrics(registry, parts);
  return {
    ...httpMetrics(registry),
    routes: (app) =>
      app.get("/metrics", async (c) => {
        await look();
        return c.body(await registry.metrics(), 200, { "content-type": registry.contentType });
      }),
  };
}
