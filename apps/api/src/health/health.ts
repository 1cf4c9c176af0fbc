import type { OpenAPIHono } from "@hono/zod-openapi";
import { readWorkers } from "@precis/control";
import type { Parts } from "../parts.js";

/** `GET /health`: this process lives. `GET /ready`: Redis is reachable and a worker was heard from. */
export function healthRoutes(app: OpenAPIHono, { redis, keys, started, version }: Parts): void {
  app.get("/health", (c) => c.json({ status: "ok", version, uptime_seconds: (Date.now() - started) / 1_000 }));
  app.get("/ready", async (c) => {
    try {
      const running = (await readWorkers(redis, keys)).filter(({ status }) => status === "running").length;
      const status = running > 0 ? "ready" : "no-workers";
      return c.json({ status, redis: "ok", workers: running }, running > 0 ? 200 : 503);
    } catch {
      return c.json({ status: "redis-unavailable", redis: "unavailable", workers: 0 }, 503);
    }
  });
}
