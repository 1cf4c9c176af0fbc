import { OpenAPIHono } from "@hono/zod-openapi";
import { getBatch } from "./batches/get-batch.js";
import { submitBatch } from "./batches/submit-batch.js";
import { boardRoutes } from "./board/board.js";
import { deliveryRoutes } from "./deliveries/deliveries.js";
import { streamFleetEvents } from "./fleet/stream-fleet-events.js";
import { healthRoutes } from "./health/health.js";
import { cancelJob } from "./jobs/cancel-job.js";
import { deleteJob } from "./jobs/delete-job.js";
import { getJob } from "./jobs/get-job.js";
import { listJobs } from "./jobs/list-jobs.js";
import { answerPlainSubmissions, type Listener } from "./jobs/plain-submissions.js";
import { retryJob } from "./jobs/retry-job.js";
import { streamJobEvents } from "./jobs/stream-job-events.js";
import { submitJob } from "./jobs/submit-job.js";
import { guardRoutes } from "./keys/keys.js";
import { limitRoutes } from "./limits/limits.js";
import { loadAndUnload } from "./memory/load-and-unload.js";
import { memoryHistory } from "./memory/read-history.js";
import { readMemory } from "./memory/read-memory.js";
import { openMetrics } from "./metrics/metrics.js";
import { describeRoutes } from "./openapi/description.js";
import { referencePage } from "./openapi/reference-page.js";
import { pageRoutes } from "./pages/pages.js";
import { prefixRedirects } from "./pages/proxy-prefix.js";
import type { Parts } from "./parts.js";
import { answerUnknown } from "./problem/method-not-allowed.js";
import { answerError, invalidRequest } from "./problem/problem.js";
import { watchRequests } from "./requests/requests.js";
import { drainWorkers } from "./workers/drain-workers.js";
import { pauseWorkers } from "./workers/pause-workers.js";
import { resumeWorkers } from "./workers/resume-workers.js";

export interface App {
  fetch: OpenAPIHono["fetch"];
  /** Puts before the listener that calls `fetch` what is answered without it. */
  before(listener: Listener): Listener;
}

/** Wires the routes; does no I/O itself. */
export function buildApp(parts: Parts): App {
  const app = new OpenAPIHono({
    defaultHook: (result, c) => (result.success ? undefined : invalidRequest(c, result.error)),
  });
  app.onError(answerError);
  app.notFound(answerUnknown(app));
  watchRequests(app, parts);
  const metrics = openMetrics(parts);
  // First, so that what the guard refuses is counted too.
  app.use(metrics.measure, prefixRedirects);
  const guard = guardRoutes(app, parts);
  limitRoutes(app, parts);
  metrics.routes(app);
  submitJob(app, parts);
  submitBatch(app, parts);
  getBatch(app, parts);
  listJobs(app, parts);
  getJob(app, parts);
  streamJobEvents(app, parts);
  cancelJob(app, parts);
  retryJob(app, parts);
  deleteJob(app, parts);
  readMemory(app, parts);
  memoryHistory(app, parts);
  loadAndUnload(app, parts);
  pauseWorkers(app, parts);
  resumeWorkers(app, parts);
  drainWorkers(app, parts);
  healthRoutes(app, parts);
  pageRoutes(app, parts);
  streamFleetEvents(app, parts);
  deliveryRoutes(app, parts);
  boardRoutes(app, parts);
  referencePage(app);
  describeRoutes(app, parts);
  return {
    fetch: app.fetch,
    before: (listener) => answerPlainSubmissions({ ...parts, ...guard, count: metrics.count }, listener),
  };
}
