import type { Hono } from "hono";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildApp } from "../app.js";
import { openTestServices, type TestServices } from "../testing/serve-app.js";

let test: TestServices;
let app: Hono;
beforeAll(async () => {
  test = await openTestServices();
  app = buildApp(test.services);
  // Without a job BullMQ has none of the keys that an id could be taken for.
  await test.services.queue.submit(
    { version: 1, model: "bart", resultTtlSeconds: 60, textBytes: 1 },
    "A text that is not summarized here.",
  );
});
afterAll(() => test.close());

/** Names of BullMQ's own keys, parts of ours, and ids with something before or after them. */
const ids = [
  ...["completed", "meta", "events", "id", "wait", "active", "stalled-check", "0", "repeat", "prioritized"],
  ...["job_", "job_01kasq3v5h6m2q8s4v9x7k0d2", "job_01kasq3v5h6m2q8s4v9x7k0d2e2", "JOB_01KASQ3V5H6M2Q8S4V9X7K0D2E"],
  ...["job_01kasq3v5h6m2q8s4v9x7k0d2e%3Alock", "job_01kasq3v5h6m2q8s4v9x7k0d2e%0A", "%00", "*", "{a}"],
];

it.each(ids)("an id that cannot exist (%s) is not found, and Redis is not asked", async (id) => {
  const routes = [
    ["GET", `/api/v1/jobs/${id}`],
    ["GET", `/api/v1/jobs/${id}/events`],
    ["GET", `/api/v1/jobs/${id}/deliveries`],
    ["POST", `/api/v1/jobs/${id}/deliveries/redeliver`],
    ["POST", `/api/v1/jobs/${id}/cancel`],
    ["POST", `/api/v1/jobs/${id}/retry`],
    ["DELETE", `/api/v1/jobs/${id}`],
    ["GET", `/jobs/${id}`],
    ["GET", `/api/v1/batches/${id}`],
    ["GET", `/admin/queues/api/queues/summarize/${id}`],
    ["GET", `/admin/queues/api/queues/summarize/${id}/logs`],
    ["PUT", `/admin/queues/api/queues/summarize/${id}/clean`],
    ["PUT", `/admin/queues/api/queues/summarize/${id}/retry`],
    ["PUT", `/admin/queues/api/queues/webhooks/${id}/retry`],
  ] as const;
  const before = await test.redis.redis.keys("*");
  for (const [method, path] of routes) {
    const response = await app.request(path, { method, headers: { prefer: "wait=1" } });
    expect([method, path, response.status]).toEqual([method, path, 404]);
  }
  expect((await test.redis.redis.keys("*")).sort()).toEqual(before.sort());
});
