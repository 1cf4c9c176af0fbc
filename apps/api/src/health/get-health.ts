import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { healthSchema, readySchema, type WorkerTelemetry } from "@precis/contracts";
import { readWorkers } from "@precis/control";
import type { Parts } from "../parts.js";

/** A probe has its answer within this time, also from a Redis that is connected but hangs. */
const answerWithinMs = 400;

const health = createRoute({
  method: "get",
  path: "/health",
  summary: "Whether the API lives",
  description: "Always 200 while it does. `starting` while no worker has loaded yet what `PRELOAD` asks for.",
  responses: { 200: { description: "It lives", content: { "application/json": { schema: healthSchema } } } },
});

const ready = createRoute({
  method: "get",
  path: "/ready",
  summary: "Whether jobs can be done",
  responses: {
    200: {
      description: "Redis is reachable and a worker was heard from",
      content: { "application/json": { schema: readySchema } },
    },
    503: { description: "Not yet, or not any more", content: { "application/json": { schema: readySchema } } },
  },
});

/** `GET /health`: this process lives. `GET /ready`: Redis is reachable and a worker was heard from. */
export function healthRoutes(app: OpenAPIHono, { config, redis, keys, started, version }: Parts): void {
  let everReady = config.preload.length === 0;
  const fleet = async () => {
    const workers = await within(readWorkers(redis, keys), answerWithinMs);
    const running = workers.filter(isRunning).length;
    if (running > 0) everReady = true;
    return { running, starting: workers.filter(({ status }) => status === "starting").length };
  };

  app.openapi(health, async (c) => {
    const found = await fleet().catch(() => undefined);
    const starting = found !== undefined && found.running === 0 && (found.starting > 0 || !everReady);
    return c.json(
      {
        status: starting ? ("starting" as const) : ("ok" as const),
        version,
        uptime_seconds: (Date.now() - started) / 1_000,
      },
      200,
    );
  });

  app.openapi(ready, async (c) => {
    const found = await fleet().catch(() => undefined);
    if (found === undefined) {
      return c.json({ status: "redis-unavailable" as const, redis: "unavailable" as const, workers: 0 }, 503);
    }
    const { running, starting } = found;
    if (running > 0) return c.json({ status: "ready" as const, redis: "ok" as const, workers: running }, 200);
    const status = starting > 0 ? ("starting" as const) : ("no-workers" as const);
    return c.json({ status, redis: "ok" as const, workers: 0 }, 503);
  });
}

/** A paused worker counts: its jobs wait and will be done. */
const isRunning = ({ status }: WorkerTelemetry) => status === "running" || status === "paused";

async function within<Result>(work: Promise<Result>, ms: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    // A rejection that comes after the deadline has nobody left to tell.
    work.catch(() => {});
  }
}
