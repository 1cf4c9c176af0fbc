import type { JobData } from "@precis/contracts";
import type { Hono } from "hono";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildApp } from "../app.js";
import { openTestServices, type TestServices } from "../testing/serve-app.js";

let test: TestServices;
let app: Hono;
beforeAll(async () => {
  test = await openTestServices();
  app = buildApp(test.services);
});
afterAll(() => test.close());

const data: JobData = { version: 1, model: "bart", resultTtlSeconds: 60, textBytes: 6 };
const put = (path: string) => app.request(`/admin/queues/api/queues/${path}`, { method: "PUT" });
const submit = async () => (await test.services.queue.submit(data, "A text")).id;
const status = async (id: string) => (await test.services.queue.read(id))?.status;

describe("a button of the board is an operation of the API", () => {
  it("Remove deletes text, index entries and job", async () => {
    const id = await submit();
    expect((await put(`summarize/${id}/clean`)).status).toBe(200);
    expect(await status(id)).toBeUndefined();
    const { keys } = test.services;
    expect(await test.redis.redis.exists(keys.text(id))).toBe(0);
    expect(await test.redis.redis.zscore(keys.jobs, id)).toBeNull();
  });

  it("Retry starts a cancelled job over, without its cancellation and its deadline", async () => {
    const { queue, keys } = test.services;
    const { id } = await queue.submit({ ...data, startBy: Date.now() + 60_000 }, "A text");
    await queue.cancel(id);
    expect(await status(id)).toBe("cancelled");
    expect((await put(`summarize/${id}/retry`)).status).toBe(200);
    const job = await queue.read(id);
    expect([job?.status, job?.data.startBy]).toEqual(["queued", undefined]);
    expect(await test.redis.redis.exists(keys.cancelled(id))).toBe(0);
  });

  it("those for all jobs of a status do the same to each, and an impossible one says why", async () => {
    const ids = await Promise.all([submit(), submit(), submit()]);
    for (const id of ids) await test.services.queue.cancel(id);
    expect((await put("summarize/retry/failed")).status).toBe(200);
    for (const id of ids) expect(await status(id)).toBe("queued");
    expect((await put(`summarize/${ids[0]}/retry`)).status).toBe(409);
    expect((await put("summarize/empty")).status).toBe(200);
    for (const id of ids) expect(await status(id)).toBeUndefined();
  });

  it.each([
    "summarize/obliterate",
    "summarize/concurrency",
    "summarize/rate-limit",
    "webhooks/empty",
    "webhooks/clean/failed",
    "webhooks/delivery_job_01kasq3v5h6m2q8s4v9x7k0d2e/clean",
    "summarize/clean/active",
    "summarize/job_01kasq3v5h6m2q8s4v9x7k0d2e/priority",
    "nothing/pause",
  ])("%s is refused", async (path) => {
    expect([403, 404]).toContain((await put(path)).status);
  });
});

it("Pause shows wherever the state is shown, until the queue is resumed", async () => {
  const read = async (path: string) => (await app.request(path)).text();
  const { services } = test;
  const seen = async () => ({
    memory: JSON.parse(await read("/memory")).totals.paused_queues,
    metrics: /^precis_queue_paused\{queue="summarize"\} (\d)$/m.exec(await read("/metrics"))?.[1],
  });
  expect(await seen()).toEqual({ memory: [], metrics: "0" });
  expect((await put("summarize/pause")).status).toBe(200);
  expect(await seen()).toEqual({ memory: ["summarize"], metrics: "1" });
  await services.queue.bull.resume();
  expect(await seen()).toEqual({ memory: [], metrics: "0" });
});

it.each(["jobsPerPage=1000000", "jobsPerPage=101", "jobsPerPage=-1", "jobsPerPage=1e3", "page=99999999999"])(
  "a page of %s is refused",
  async (query) => {
    const response = await app.request(`/admin/queues/api/queues?activeQueue=summarize&${query}`);
    expect(response.status).toBe(422);
  },
);
