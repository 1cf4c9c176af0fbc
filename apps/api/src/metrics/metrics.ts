import type { OpenAPIHono } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { collectDefaultMetrics, Registry } from "prom-client";
import type { Parts } from "../parts.js";
import { fleetMetrics } from "./fleet-metrics.js";
import { httpMetrics } from "./http-metrics.js";

/** What Prometheus reads: this API process, the queue and the whole fleet. */
export function openMetrics(parts: Parts): { measure: MiddlewareHandler; routes(app: OpenAPIHono): void } {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const look = fleetMetrics(registry, parts);
  return {
    measure: httpMetrics(registry),
    routes: (app) =>
      app.get("/metrics", async (c) => {
        await look();
        return c.body(await registry.metrics(), 200, { "content-type": registry.contentType });
      }),
  };
}
