import type { JobAccepted, Memory } from "@precis/contracts";
import type { Precis } from "@precis/launcher";
import { setGlobalConcurrency } from "@precis/queue";
import { storedQueue } from "@precis/queue/testing";
import { connect, redisKeys } from "@precis/redis";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readJob, submit } from "../support/call-api.js";
import { startPrecis } from "../support/start-precis.js";

let precis: Precis;
const limit = 3;

beforeAll(async () => {
  precis = await startPrecis({ WORKERS: "2", FLEET_CONCURRENCY: String(limit), REDIS_PREFIX: "limited" });
});
afterAll(() => precis?.stop());

it("all workers together hold no more jobs than FLEET_CONCURRENCY, and all are done", async () => {
  const redis = await connect(precis.redis.url, "background");
  const stored = storedQueue(redis, "summarize", "limited");
  let mostHeld = 0;
  let running = true;
  const watching = (async () => {
    while (running) mostHeld = Math.max(mostHeld, await stored.countActive());
  })();
  try {
    const text = "The library opened a reading room in the old station. It has forty seats. ".repeat(30);
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, index) => submit(precis, { text: `${index}. ${text}`, model: "t5" })),
    );
    const ids = (await Promise.all(answers.map((answer) => answer.json() as Promise<JobAccepted>))).map(({ id }) => id);
    const jobs = await Promise.all(ids.map((id) => readJob(precis, id, 60)));
    expect(jobs.map(({ status, attempts }) => `${status} ${attempts}`)).toEqual(ids.map(() => "completed 1"));
  } finally {
    running = false;
    await watching;
    redis.disconnect();
  }
  expect(mostHeld).toBe(limit);
});

it("GET /memory shows the limit that counts now, and none where there is none", async () => {
  const totals = async () => ((await (await fetch(`${precis.url}/memory`)).json()) as Memory).totals;
  expect(await totals()).toMatchObject({ workers: 2, fleet_concurrency: limit });
  // As a worker does that is started without the setting.
  const redis = await connect(precis.redis.url, "background");
  await setGlobalConcurrency(redis, redisKeys("limited"), undefined);
  redis.disconnect();
  expect(await totals()).not.toHaveProperty("fleet_concurrency");
});
