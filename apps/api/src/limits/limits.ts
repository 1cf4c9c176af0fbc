import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Parts } from "../parts.js";
import { limitBody, textBodyBytes } from "./limit-body.js";
import { limitDepth } from "./limit-depth.js";
import { limitRate } from "./limit-rate.js";

/** Stands between the guard and the routes: how often, how large and how many. */
export function limitRoutes(app: OpenAPIHono, { config, redis, keys, load }: Parts): void {
  if (config.rateLimit !== undefined) app.use(limitRate(config.rateLimit, redis, keys));
  app.use("/api/*", limitBody(textBodyBytes(config)));
  app.use("/memory/*", limitBody());
  app.use("/workers/*", limitBody());
  for (const path of ["/api/v1/summarize", "/api/v1/batches", "/api/v1/jobs/:id/retry"]) {
    app.use(path, limitDepth(load));
  }
}
