import type { MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import { Counter, Histogram, type Registry } from "prom-client";

/** Methods with a series of their own; anything else a client makes up shares one. */
const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** Counts an answer; `start` is `performance.now()` when its request came. */
export type CountAnswer = (method: string, route: string, status: number, start: number) => void;

/** Counts requests by route, never by path, so that a scan of made-up addresses adds no series. */
export function httpMetrics(registry: Registry): { measure: MiddlewareHandler; count: CountAnswer } {
  const requests = new Counter({
    name: "precis_http_requests_total",
    help: "HTTP requests answered",
    labelNames: ["method", "route", "status"],
    registers: [registry],
  });
  const duration = new Histogram({
    name: "precis_http_request_seconds",
    help: "From the request to the head of its answer; waiting for a summary included",
    labelNames: ["method", "route"],
    buckets: [0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60],
    registers: [registry],
  });
  const count: CountAnswer = (method, route, status, start) => {
    requests.inc({ method, route, status: String(status) });
    duration.observe({ method, route }, (performance.now() - start) / 1_000);
  };
  const measure: MiddlewareHandler = async (c, next) => {
    const start = performance.now();
    await next();
    const method = methods.includes(c.req.method) ? c.req.method : "OTHER";
    // Middleware stands on wildcards; the last route that matched is the one that answered.
    const last = matchedRoutes(c).at(-1)?.path ?? "*";
    const route = c.res.status === 404 && /^\/?\*$|\/api\/\*$/.test(last) ? "none" : last;
    count(method, route, c.res.status, start);
  };
  return { measure, count };
}
