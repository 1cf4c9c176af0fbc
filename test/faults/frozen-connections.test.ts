import type { WorkerTelemetry } from "@precis/contracts";
import type { Precis } from "@precis/launcher";
import { startTestRedis, type TestRedis } from "@precis/redis/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readJob, readWorkers, submit } from "../support/call-api.js";
import { type FreezeProxy, startFreezeProxy } from "../support/freeze-proxy.js";
import { readEvents } from "../support/read-events.js";
import { startPrecis } from "../support/start-precis.js";
import { waitForState } from "../support/wait-for-state.js";

/** The time docs/guides/operating.md states, and as much again for a busy machine. */
const replacedWithinMs = 30_000;
const text = "The library opened a reading room in the old station. Its shelves hold nine thousand books.";

let server: TestRedis;
let proxy: FreezeProxy;
let precis: Precis;

beforeAll(async () => {
  server = await startTestRedis("background");
  proxy = await startFreezeProxy(server.url);
  precis = await startPrecis({ REDIS_URL: proxy.url, LOG_LEVEL: "warn" });
});
afterAll(async () => {
  await precis?.stop();
  await proxy?.close();
  await server?.stop();
});

async function summarize(): Promise<void> {
  const answer = await waitForState(
    () => submit(precis, { text, model: "t5", max_length: 12 }),
    ({ status }) => status === 202,
    replacedWithinMs,
  );
  const { id } = (await answer.json()) as { id: string };
  const job = await waitForState(
    () => readJob(precis, id),
    ({ status }) => status === "completed",
    replacedWithinMs,
  );
  expect(job.attempts).toBe(1);
}

it("every connection is named, and a summary passes through the proxy", async () => {
  await summarize();
  const list = String(await server.redis.client("LIST"));
  for (const name of ["api:requests", "api:subscriber", "worker:queue", "worker:subscriber"]) {
    expect(list).toContain(`name=precis:${name} `);
  }
});

it("all connections freeze: the API accepts and the worker completes jobs again", async () => {
  expect(proxy.freeze()).toBeGreaterThan(4);
  await summarize();
});

it("the worker's blocking connection freezes: jobs are taken", async () => {
  expect(proxy.freeze(/:w:/)).toBeGreaterThan(0);
  await summarize();
});

it("the worker's own connection freezes under a job: it is completed", async () => {
  const answer = await submit(precis, { text: text.repeat(40), model: "bart", max_length: 60 });
  const { id } = (await answer.json()) as { id: string };
  await waitForState(
    () => readJob(precis, id),
    ({ status }) => status === "running",
  );
  expect(proxy.freeze(/^precis:worker:queue$/)).toBe(1);
  await waitForState(
    () => readJob(precis, id),
    ({ status }) => status === "completed",
  );
});

it("the worker's subscriber freezes: a command sent at that moment is acknowledged", async () => {
  await summarize();
  expect(proxy.freeze(/^precis:worker:subscriber$/)).toBe(1);
  const answer = await fetch(`${precis.url}/memory/unload`, { method: "POST" });
  expect(await answer.json()).toMatchObject({ status: "ok" });
  const [worker] = (await readWorkers(precis)) as [WorkerTelemetry];
  expect(worker.models.every(({ state }) => state === "absent")).toBe(true);
});

it("the API's subscriber freezes: partial texts come again", async () => {
  expect(proxy.freeze(/^precis:api:subscriber$/)).toBe(1);
  await waitForState(
    async () => {
      const answer = await submit(precis, { text: text.repeat(40), model: "bart", max_length: 60 });
      const { id } = (await answer.json()) as { id: string };
      const names: string[] = [];
      for await (const { event } of readEvents(precis.url, id)) names.push(event);
      return names;
    },
    (names) => names.includes("partial"),
    replacedWithinMs,
  );
});
