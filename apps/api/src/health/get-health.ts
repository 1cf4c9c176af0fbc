import { healthSchema } from "@precis/contracts";
import type { Handler } from "hono";
import type { RouteDocs } from "../route.js";
import type { Services } from "../services.js";
import { countWorkers } from "./count-workers.js";

export const getHealthDocs: RouteDocs = {
  summary: "Liveness of the API process",
  description: "Always 200. `starting` until a worker has loaded the models of `PRELOAD` for the first time.",
  responses: { 200: { description: "Alive", content: { "application/json": { schema: healthSchema } } } },
};

/** `GET /health` */
export function getHealth(services: Services): Handler {
  const { config, started, version } = services;
  let wasEverReady = config.preload.length === 0;
  return async (c) => {
    const workers = await countWorkers(services).catch(() => undefined);
    if (workers !== undefined && workers.running > 0) wasEverReady = true;
    const isStarting = workers !== undefined && workers.running === 0 && (workers.starting > 0 || !wasEverReady);
    return c.json({ status: isStarting ? "starting" : "ok", version, uptime_seconds: (Date.now() - started) / 1_000 });
  };
}
