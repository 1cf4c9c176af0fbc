import { readFile } from "node:fs/promises";
import { createClient, type JobEvent, PrecisApiError, type PrecisClient } from "@precis/client";
import type { Precis } from "@precis/launcher";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runPrecis } from "../support/run-precis.js";
import { startPrecis } from "../support/start-precis.js";

const article = await readFile(new URL("../../models/samples/article.txt", import.meta.url), "utf8");
let precis: Precis;
let client: PrecisClient;
let key: string;

beforeAll(async () => {
  precis = await startPrecis();
  key = (await runPrecis(["keys", "create", "--role", "admin"], { REDIS_URL: precis.redis.url })).stdout.trim();
  client = createClient({ url: precis.url, key });
});
afterAll(() => precis.stop());

it("submits, waits, and gets the summary", async () => {
  const job = await client.summarize({ text: article, max_length: 20 });
  expect(job.status).toBe("completed");
  expect(job.summary).toBeTruthy();
  expect(await client.read(job.id)).toEqual(job);
});

it("streams a job from queued to completed, text included", async () => {
  const { id } = await client.submit({ text: article, model: "t5", max_length: 30 });
  const events: JobEvent[] = [];
  for await (const event of client.stream(id)) events.push(event);
  const last = events.at(-1);
  expect(last?.event).toBe("completed");
  expect(last?.data).toMatchObject({ status: "completed", summary: expect.stringMatching(/\w/) });
  // What came last can be gone on from: there is nothing more.
  const after = [];
  for await (const event of client.stream(id, { lastEventId: last?.id as string })) after.push(event);
  expect(after).toEqual([]);
});

it("cancels, and a cancelled job has no summary", async () => {
  const long = Array.from({ length: 40 }, (_, part) => `Part ${part}. ${article}`).join("\n\n");
  const { id } = await client.submit({ text: long });
  await client.cancel(id);
  expect((await client.wait(id)).status).toBe("cancelled");
  await client.remove(id);
  await expect(client.read(id)).rejects.toMatchObject({ status: 404, code: "job_not_found" });
});

it("tells what was wrong, field by field", async () => {
  const error = await client.submit({ text: "", max_length: 0 }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(PrecisApiError);
  expect((error as PrecisApiError).problem.errors?.map(({ field }) => field).sort()).toEqual(["max_length", "text"]);
  const stranger = createClient({ url: precis.url, key: `precis_00000000_${"0".repeat(32)}` });
  await expect(stranger.memory()).rejects.toMatchObject({ status: 401, code: "unauthorized" });
});

it("reads memory, gives it back and takes it again", async () => {
  const loaded = await client.load({ models: ["t5"] });
  expect(loaded.status).toBe("ok");
  expect((await client.memory()).t5_loaded).toBe(true);
  const unloaded = await client.unload();
  expect(unloaded.status).toBe("ok");
  expect(unloaded.workers[0]?.freed).toBeGreaterThan(0);
});
