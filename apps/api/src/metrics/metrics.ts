import type { OpenAPIHono } from "@hono/zod-openapi";
import { collectDefaultMetrics, Registry } from "prom-client";
import type { Parts } from "../parts.js";
import { fleetMetrics } from "./fleet-metrics.js";
import { httpMetrics } from "./http-metrics.js";

/** `GET /metrics` for Prometheus: this API process, the queue and the whole fleet. Must be called before other routes. */
export function metricsRoutes(app: OpenAPIHono, parts: Parts): void {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const look = fleetMetrics(registry, parts);
  app.use(httpMetrics(registry));
  app.get("/metrics", async (c) => {
    await look();
    return c.body(await registry.metrics(), 200, { "content-type": registry.contentType });
  });
}
