import { logIn } from "./auth/log-in.js";
import { logOut } from "./auth/log-out.js";
import { loginHeaders } from "./auth/login-headers.js";
import { showLogin } from "./auth/show-login.js";
import { getBatch, getBatchDocs } from "./batches/get-batch.js";
import { submitBatch, submitBatchDocs } from "./batches/submit-batch.js";
import { serveBoard } from "./board/serve-board.js";
import { streamFleetEvents } from "./fleet/stream-fleet-events.js";
import { getHealth, getHealthDocs } from "./health/get-health.js";
import { getReady, getReadyDocs } from "./health/get-ready.js";
import { cancelJob, cancelJobDocs } from "./jobs/cancel-job.js";
import { deleteJob, deleteJobDocs } from "./jobs/delete-job.js";
import { getJob, getJobDocs } from "./jobs/get-job.js";
import { listJobs, listJobsDocs } from "./jobs/list-jobs.js";
import { submissionMediaTypes } from "./jobs/parse-submission.js";
import { retryJob, retryJobDocs } from "./jobs/retry-job.js";
import { streamJobEvents, streamJobEventsDocs } from "./jobs/stream-job-events.js";
import { submitJob, submitJobDocs } from "./jobs/submit-job.js";
import { getMemory, getMemoryDocs } from "./memory/get-memory.js";
import { getMemoryHistory, getMemoryHistoryDocs } from "./memory/get-memory-history.js";
import { load, loadDocs, unload, unloadDocs } from "./memory/load-and-unload.js";
import { serveMetrics, serveMetricsDocs } from "./metrics/serve-metrics.js";
import { serveDocument } from "./openapi/serve-document.js";
import { serveReference, serveReferenceScript, serveReferenceStart } from "./openapi/serve-reference.js";
import { pageRoutes } from "./pages/pages.js";
import type { Route } from "./route.js";
import { routeGroup } from "./route-group.js";
import { listDeliveries, listDeliveriesDocs } from "./webhooks/list-deliveries.js";
import { redeliver, redeliverDocs } from "./webhooks/redeliver.js";
import { drainWorkers } from "./workers/drain-workers.js";
import { pauseWorkers } from "./workers/pause-workers.js";
import { resumeWorkers } from "./workers/resume-workers.js";
import { toWorker, toWorkers } from "./workers/worker-command.js";

const job = "/api/v1/jobs/{id}";
const form = ["application/x-www-form-urlencoded", "multipart/form-data"];
const pages = routeGroup(pageRoutes);
const fleet = routeGroup(streamFleetEvents);

/**
 * Every route there is; see `route.ts` for the columns. Access, body limits, admission, ownership, metrics labels, 405 responses
 * and the OpenAPI document come from here, so a route that has no row does not exist.
 */
// biome-ignore format: one row, one line
export const routes: readonly Route[] = [
  { method: "POST", path: "/api/v1/summarize", role: "submit", body: { accepts: submissionMediaTypes, size: "text" }, admission: true, tag: "Jobs", docs: submitJobDocs, handler: submitJob },
  { method: "GET", path: "/api/v1/jobs", role: "read", ownership: "filtered", tag: "Jobs", docs: listJobsDocs, handler: listJobs },
  { method: "GET", path: job, role: "read", ownership: "job", tag: "Jobs", docs: getJobDocs, handler: getJob },
  { method: "DELETE", path: job, role: "submit", ownership: "job", tag: "Jobs", docs: deleteJobDocs, handler: deleteJob },
  { method: "GET", path: `${job}/events`, role: "read", ownership: "job", tag: "Jobs", docs: streamJobEventsDocs, handler: streamJobEvents },
  { method: "POST", path: `${job}/cancel`, role: "submit", ownership: "job", tag: "Jobs", docs: cancelJobDocs, handler: cancelJob },
  { method: "POST", path: `${job}/retry`, role: "submit", ownership: "job", admission: true, tag: "Jobs", docs: retryJobDocs, handler: retryJob },

  { method: "POST", path: "/api/v1/batches", role: "submit", body: { accepts: ["application/json"], size: "text" }, admission: true, tag: "Batches", docs: submitBatchDocs, handler: submitBatch },
  { method: "GET", path: "/api/v1/batches/{id}", role: "read", ownership: "batch", tag: "Batches", docs: getBatchDocs, handler: getBatch },

  { method: "GET", path: `${job}/deliveries`, role: "read", ownership: "job", tag: "Webhooks", docs: listDeliveriesDocs, handler: listDeliveries },
  { method: "POST", path: `${job}/deliveries/redeliver`, role: "submit", ownership: "job", tag: "Webhooks", docs: redeliverDocs, handler: redeliver },

  { method: "GET", path: "/memory", role: "read", tag: "Memory", docs: getMemoryDocs, handler: getMemory },
  { method: "GET", path: "/memory/history", role: "read", tag: "Memory", docs: getMemoryHistoryDocs, handler: getMemoryHistory },
  { method: "POST", path: "/memory/load", role: "admin", body: { size: "small" }, tag: "Memory", docs: loadDocs, handler: load },
  { method: "POST", path: "/memory/unload", role: "admin", body: { size: "small" }, tag: "Memory", docs: unloadDocs, handler: unload },

  { method: "POST", path: "/workers/pause", role: "admin", body: { size: "small" }, tag: "Workers", ...toWorkers(pauseWorkers) },
  { method: "POST", path: "/workers/{id}/pause", role: "admin", tag: "Workers", ...toWorker(pauseWorkers) },
  { method: "POST", path: "/workers/resume", role: "admin", body: { size: "small" }, tag: "Workers", ...toWorkers(resumeWorkers) },
  { method: "POST", path: "/workers/{id}/resume", role: "admin", tag: "Workers", ...toWorker(resumeWorkers) },
  { method: "POST", path: "/workers/drain", role: "admin", body: { size: "small" }, tag: "Workers", ...toWorkers(drainWorkers) },
  { method: "POST", path: "/workers/{id}/drain", role: "admin", tag: "Workers", ...toWorker(drainWorkers) },

  { method: "GET", path: "/health", role: "open", tag: "Operation", docs: getHealthDocs, handler: getHealth },
  { method: "GET", path: "/ready", role: "open", tag: "Operation", docs: getReadyDocs, handler: getReady },
  { method: "GET", path: "/metrics", role: "admin", tag: "Operation", docs: serveMetricsDocs, handler: serveMetrics },

  { method: "GET", path: "/openapi.json", role: "open", tag: "Pages", handler: serveDocument },
  { method: "GET", path: "/docs", role: "open", tag: "Pages", handler: serveReference },
  { method: "GET", path: "/docs/start.js", role: "open", tag: "Pages", handler: serveReferenceStart },
  { method: "GET", path: "/docs/scalar.js", role: "open", tag: "Pages", handler: serveReferenceScript },
  { method: "GET", path: "/login", role: "open", tag: "Pages", handler: (services) => [loginHeaders, showLogin(services)] },
  { method: "POST", path: "/login", role: "open", body: { accepts: form, size: "small" }, tag: "Pages", handler: (services) => [loginHeaders, logIn(services)] },
  { method: "POST", path: "/logout", role: "open", tag: "Pages", handler: (services) => [loginHeaders, logOut(services)] },
  { method: "ALL", path: "/admin/queues/*", role: "read", writeRole: "admin", tag: "Pages", handler: serveBoard },

  { ...pages("GET", "/"), role: "open", tag: "Pages" },
  { ...pages("GET", "/jobs/{id}"), role: "read", ownership: "filtered", tag: "Pages" },
  { ...pages("GET", "/assets/*"), role: "open", tag: "Pages" },
  { ...pages("GET", "/admin/fleet"), role: "admin", tag: "Pages" },
  { ...fleet("GET", "/admin/fleet/events"), role: "admin", tag: "Pages" },
];
