import { expect, it } from "vitest";
import { neededRole } from "./access-rules.js";

it.each([
  ["GET", "/", "open"],
  ["GET", "/health", "open"],
  ["GET", "/openapi.json", "open"],
  ["GET", "/docs", "open"],
  ["GET", "/docs/scalar.js", "open"],
  ["GET", "/memory", "read"],
  ["GET", "/memory/history", "read"],
  ["POST", "/memory/unload", "admin"],
  ["POST", "/workers/pause", "admin"],
  ["POST", "/workers/host-1/drain", "admin"],
  ["GET", "/metrics", "admin"],
  ["GET", "/admin/queues", "read"],
  ["GET", "/admin/fleet", "admin"],
  ["GET", "/assets/layout/base.css", "open"],
  ["GET", "/jobs/job_1", "read"],
  ["PUT", "/admin/queues/api/queues/summarize/pause", "admin"],
  ["POST", "/api/v1/summarize", "submit"],
  ["POST", "/api/v1/batches", "submit"],
  ["GET", "/api/v1/jobs/job_1/events", "read"],
  ["DELETE", "/api/v1/jobs/job_1", "submit"],
  ["GET", "/administrator", "read"],
  ["POST", "/unheard-of", "admin"],
  ["GET", "/health/../admin", "read"],
])("%s %s needs %s", (method, path, role) => expect(neededRole(method, path)).toBe(role));
