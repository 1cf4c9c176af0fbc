import { connect, type Redis, redisKeys } from "@precis/redis";
import { startTestRedis, type TestRedis } from "@precis/redis/testing";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { storedQueue } from "../bullmq/testing/stored-queue.js";
import { jobData as data } from "../testing/job-data.js";
import { type JobQueue, openJobQueue } from "./job-queue.js";

const keys = redisKeys("precis");
const options = { keys, attempts: 3, textTtlMs: 60_000, webhookScheduleMs: [0] };
const webhook = { url: "http://127.0.0.1:9/", events: ["completed" as const] };
let server: TestRedis;
let redis: Redis;
let queue: JobQueue;
let stored: ReturnType<typeof storedQueue>;

beforeAll(async () => {
  server = await startTestRedis("background");
  redis = server.redis;
  queue = openJobQueue({ ...options, redis });
  stored = storedQueue(redis);
});
beforeEach(() => redis.flushall());
afterAll(async () => {
  await queue.close();
  await server.stop();
});

it("waiting jobs have their position by priority, whatever order they came in", async () => {
  const later = await queue.submit(data({ priority: 9 }), "text");
  const usual = await queue.submit(data(), "text");
  const urgent = await queue.submit(data({ priority: 1 }), "text");
  const positions = await Promise.all([urgent, usual, later].map(async ({ id }) => (await queue.read(id))?.position));
  expect(positions).toEqual([1, 2, 3]);
  expect(await redis.get(keys.text(usual.id))).toBe("text");
});

it("a job goes from waiting to cancelled, back by a retry, and is gone after it was deleted", async () => {
  const { id } = await queue.submit(data(), "text");
  expect(await queue.cancel(id)).toBe("cancelled");
  expect(await queue.read(id)).toMatchObject({ status: "cancelled", attempts: 0, failure: { code: "cancelled" } });
  expect(await queue.cancel(id)).toBe("finished");
  const retries = await Promise.all([queue.retry(id), queue.retry(id)]);
  expect(retries.map(({ outcome }) => outcome).toSorted()).toEqual(["not-failed", "queued"]);
  expect((await queue.read(id))?.status).toBe("queued");
  await queue.cancel(id);
  const job = await queue.read(id);
  if (job !== undefined) await queue.delete(job);
  expect(await queue.read(id)).toBeUndefined();
  expect(await redis.exists(keys.text(id))).toBe(0);
  expect(await queue.cancel(id)).toBe("missing");
  expect((await queue.retry(id)).outcome).toBe("missing");
});

it("a sweep fails late jobs and removes expired ones, and nothing else", async () => {
  const kept = await queue.submit(data(), "text");
  const late = await queue.submit(data({ startBy: Date.now() - 1 }), "text");
  const brief = await queue.submit(data({ resultTtlSeconds: 1 }), "text");
  await queue.cancel(brief.id);
  await queue.sweep();
  expect(await queue.read(late.id)).toMatchObject({ status: "failed", failure: { code: "deadline_exceeded" } });
  await stored.setFinishedAt(brief.id, Date.now() - 2_000);
  await redis.zadd(keys.expiries, 0, brief.id);
  await queue.sweep();
  expect(await queue.read(brief.id)).toBeUndefined();
  expect(await redis.exists(keys.text(brief.id))).toBe(0);
  expect(await redis.zscore(keys.jobs, brief.id)).toBeNull();
  expect((await queue.read(kept.id))?.status).toBe("queued");
});

it("a server that has lost its scripts gets them again", async () => {
  await redis.script("FLUSH");
  const { id } = await queue.submit(data(), "text");
  expect((await queue.read(id))?.status).toBe("queued");
  await redis.script("FLUSH");
  expect(await queue.cancel(id)).toBe("cancelled");
});

it("one key leads to one job from many requests at once, and to a conflict with another request", async () => {
  const once = { key: "k", fingerprint: "f" };
  for (const job of [data(), data({ webhook })]) {
    await redis.flushall();
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => queue.submitOnce(job, "text", once)));
    expect(new Set(outcomes.map((outcome) => (outcome === "conflict" ? outcome : outcome.id))).size).toBe(1);
    expect(outcomes.filter((outcome) => outcome !== "conflict" && !outcome.replayed)).toHaveLength(1);
    expect(await stored.countWaiting()).toBe(1);
    expect(await queue.submitOnce(job, "text", { key: "k", fingerprint: "g" })).toBe("conflict");
  }
});

it("a job that Redis writes after its caller has stopped waiting is rolled back", async () => {
  const impatient = await connect(server.url, "request");
  const hasty = openJobQueue({ ...options, redis: impatient });
  await hasty.submit(data(), "text");
  await redis.flushall();
  await redis.client("PAUSE", 1_200, "ALL");
  await expect(hasty.submit(data(), "text")).rejects.toThrow("timed out");
  // After everything that the paused connection has sent.
  await vi.waitFor(() => impatient.ping(), { timeout: 5_000 });
  expect(await redis.keys("precis:text:*")).toEqual([]);
  expect(await redis.zcard(keys.jobs)).toBe(0);
  expect(await stored.countWaiting()).toBe(0);
  await hasty.close();
  impatient.disconnect();
});
