import { readySchema } from "@precis/contracts";
import { readPausedQueues } from "@precis/queue";
import type { Handler } from "hono";
import type { RouteDocs } from "../route.js";
import type { Services } from "../services.js";
import { countWorkers } from "./count-workers.js";
import { inTime } from "./in-time.js";

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
  const { redis, keys } = services;
  return async (c) => {
    const reading = Promise.all([countWorkers(services), inTime(readPausedQueues(redis, keys))]);
    const found = await reading.catch(() => undefined);
    if (found === undefined) return c.json({ status: "redis-unavailable", redis: "unavailable", workers: 0 }, 503);
    const [{ running, notResponding, starting }, paused] = found;
    const counts = { redis: "ok", workers: running, ...(notResponding > 0 ? { not_responding: notResponding } : {}) };
    if (running > notResponding)
      return c.json({ status: paused.includes("summarize") ? "paused" : "ready", ...counts });
    if (running > 0) return c.json({ status: "not-responding", ...counts }, 503);
    return c.json({ status: starting > 0 ? "starting" : "no-workers", redis: "ok", workers: 0 }, 503);
  };
}
