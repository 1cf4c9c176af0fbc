import { OpenAPIHono } from "@hono/zod-openapi";
import { bodyLimit } from "hono/body-limit";
import { boardRoutes } from "./board/board.js";
import { fleetRoutes } from "./fleet/fleet.js";
import { healthRoutes } from "./health/health.js";
import { cancelJob } from "./jobs/cancel-job.js";
import { deleteJob } from "./jobs/delete-job.js";
import { getJob } from "./jobs/get-job.js";
import { retryJob } from "./jobs/retry-job.js";
import { streamJobEvents } from "./jobs/stream-job-events.js";
import { submitJob } from "./jobs/submit-job.js";
import { memoryRoutes } from "./memory/memory.js";
import { metricsRoutes } from "./metrics/metrics.js";
import { pageRoutes } from "./pages/pages.js";
import type { Parts } from "./parts.js";
import { answerError, invalidRequest, problem } from "./problem/problem.js";

/** JSON may escape every character of a text as six bytes. */
const escapedBytes = 6;

/** Wires the routes; does no I/O itself. */
export function buildApp(parts: Parts): OpenAPIHono {
  const app = new OpenAPIHono({
    defaultHook: (result, c) => (result.success ? undefined : invalidRequest(c, result.error)),
  });
  app.onError(answerError);
  app.notFound((c) =>
    problem(c, "not_found", `${c.req.method} ${c.req.path} is not part of this API; see /openapi.json`),
  );
  metricsRoutes(app, parts);
  const most = parts.config.textMaxBytes * escapedBytes + 4_096;
  app.use(
    "/api/*",
    bodyLimit({
      maxSize: most,
      onError: (c) => problem(c, "payload_too_large", `the body has more than ${most} bytes`),
    }),
  );
  submitJob(app, parts);
  getJob(app, parts);
  streamJobEvents(app, parts);
  cancelJob(app, parts);
  retryJob(app, parts);
  deleteJob(app, parts);
  memoryRoutes(app, parts);
  healthRoutes(app, parts);
  pageRoutes(app, parts);
  fleetRoutes(app, parts);
  boardRoutes(app, parts);
  app.doc31("/openapi.json", { openapi: "3.1.0", info: { title: "Precis", version: parts.version } });
  return app;
}
