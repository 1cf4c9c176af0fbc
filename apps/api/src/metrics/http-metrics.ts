import type { Context } from "hono";
import { Counter, Histogram, type Registry } from "prom-client";

/** Methods with a series of their own; all others share one. */
const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** Counts a response. */
export type RecordResponse = (c: Context, ms: number) => void;

/** Counts requests by route, never by path, so that a scan of made-up addresses adds no series. */
export function httpMetrics(registry: Registry): RecordResponse {
  const requests = new Counter({
    name: "precis_http_requests_total",
    help: "HTTP requests answered",
    labelNames: ["method", "route", "status"],
    registers: [registry],
  });
  const duration = new Histogram({
    name: "precis_http_request_seconds",
    help: "Time from the request to the head of the response, including the wait for a summary",
    labelNames: ["method", "route"],
    buckets: [0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60],
    registers: [registry],
  });
  return (c, ms) => {
    const method = methods.includes(c.req.method) ? c.req.method : "OTHER";
    const { status } = c.res;
    const pattern = c.get("route")?.pattern;
    // A wildcard route that finds nothing counts as no route.
    const route = pattern === undefined || (status === 404 && pattern.endsWith("*")) ? "none" : pattern;
    requests.inc({ method, route, status: String(status) });
    duration.observe({ method, route }, ms / 1_000);
  };
}
