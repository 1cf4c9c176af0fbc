import type { Precis } from "@precis/launcher";
import { startTestRedis, type TestRedis } from "@precis/redis/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readJob, submit } from "../support/call-api.js";
import { type FreezeProxy, startFreezeProxy } from "../support/freeze-proxy.js";
import { startPrecis } from "../support/start-precis.js";
import { waitForState } from "../support/wait-for-state.js";

const text = "The library opened a reading room in the old station. Its shelves hold nine thousand books.";

let servers: TestRedis[];
let proxy: FreezeProxy;
let precis: Precis;

beforeAll(async () => {
  servers = [await startTestRedis("background"), await startTestRedis("background")];
  proxy = await startFreezeProxy(servers[0]?.url ?? "");
  precis = await startPrecis({ REDIS_URL: proxy.url });
});
afterAll(async () => {
  await precis?.stop();
  await proxy?.close();
  for (const server of servers) await server.stop();
});

it("the primary becomes a replica and its address leads to the new one: submissions succeed within seconds", async () => {
  const accepted = await submit(precis, { text, model: "t5", max_length: 12 }, 30);
  expect(accepted.status).toBe(200);
  const [old, next] = servers as [TestRedis, TestRedis];
  // A replica of nothing that could be reached, so that only a new connection can help.
  await old.redis.replicaof("127.0.0.1", "1");
  const refused = await submit(precis, { text, model: "t5", max_length: 12 });
  expect(refused.status).toBe(503);

  proxy.switchTo(next.url);
  const answer = await waitForState(
    () => submit(precis, { text, model: "t5", max_length: 12 }),
    ({ status }) => status === 202,
    15_000,
  );
  const { id } = (await answer.json()) as { id: string };
  await waitForState(
    () => readJob(precis, id),
    ({ status }) => status === "completed",
    30_000,
  );
  // Those that only read would have stayed: a replica answers them.
  const left = await waitForState(
    async () => String(await old.redis.client("LIST")).match(/name=precis:(?!tool)\S+/g) ?? [],
    (names) => names.length === 0,
  );
  expect(left).toEqual([]);
  await waitForState(
    () => fetch(`${precis.url}/ready`),
    ({ status }) => status === 200,
  );
  const answerToCommand = await fetch(`${precis.url}/memory/unload`, { method: "POST" });
  expect(await answerToCommand.json()).toMatchObject({ status: "ok" });
});
