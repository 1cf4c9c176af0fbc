import { readySchema } from "@precis/contracts";
import type { Handler } from "hono";
import type { RouteDocs } from "../route.js";
import type { Services } from "../services.js";
import { countWorkers } from "./count-workers.js";

const content = { "application/json": { schema: readySchema } };

export const getReadyDocs: RouteDocs = {
  summary: "Readiness: whether jobs can be processed",
  responses: {
    200: { description: "Redis is available, and a worker is running whose model processes respond", content },
    503: { description: "Not ready", content },
  },
};

/** `GET /ready` */
export function getReady(services: Services): Handler {
  return async (c) => {
    const workers = await countWorkers(services).catch(() => undefined);
    if (workers === undefined) return c.json({ status: "redis-unavailable", redis: "unavailable", workers: 0 }, 503);
    const { running, notResponding, starting, isQueuePaused } = workers;
    const counts = { redis: "ok", workers: running, ...(notResponding > 0 ? { not_responding: notResponding } : {}) };
    if (running > notResponding) return c.json({ status: isQueuePaused ? "paused" : "ready", ...counts });
    if (running > 0) return c.json({ status: "not-responding", ...counts }, 503);
    return c.json({ status: starting > 0 ? "starting" : "no-workers", redis: "ok", workers: 0 }, 503);
  };
}
