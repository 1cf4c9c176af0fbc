import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { HonoAdapter } from "@bull-board/hono";
import { serveStatic } from "@hono/node-server/serve-static";
import type { OpenAPIHono } from "@hono/zod-openapi";
import { csrf } from "hono/csrf";
import type { Parts } from "../parts.js";

const basePath = "/admin/queues";

/** Bull Board. Job data holds no text, so it can show every payload. */
export function boardRoutes(app: OpenAPIHono, { queue, deliveries }: Parts): void {
  const adapter = new HonoAdapter(serveStatic);
  const uiBasePath = dirname(fileURLToPath(import.meta.resolve("@bull-board/ui/package.json")));
  const queues = [queue.bull, deliveries.bull].map((bull) => new BullMQAdapter(bull));
  createBullBoard({ queues, serverAdapter: adapter, options: { uiBasePath } });
  adapter.setBasePath(basePath);
  // Without it a form on another site could press the board's buttons.
  app.use(`${basePath}/*`, csrf());
  app.get(`${basePath}/`, (c) => c.redirect(basePath));
  app.route(basePath, adapter.registerPlugin());
}
