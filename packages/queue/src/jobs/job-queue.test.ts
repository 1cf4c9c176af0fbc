import { connect, type Redis, redisKeys } from "@precis/redis";
import { startTestRedis, type TestRedis } from "@precis/redis/testing";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { jobData as data } from "../testing/job-data.js";
import { type JobQueue, openJobQueue } from "./job-queue.js";

const keys = redisKeys("precis");
let server: TestRedis;
let redis: Redis;
let queue: JobQueue;

beforeAll(async () => {
  server = await startTestRedis("background");
  redis = server.redis;
  queue = openJobQueue({ keys, redis, attempts: 3, textTtlMs: 60_000, webhookScheduleMs: [0] });
});
afterAll(async () => {
  await queue.close();
  await server.stop();
});

it("waiting jobs have their place by priority, whatever order they came in", async () => {
  const later = await queue.submit(data({ priority: 9 }), "text");
  const usual = await queue.submit(data(), "text");
  const urgent = await queue.submit(data({ priority: 1 }), "text");
  const places = await Promise.all([urgent, usual, later].map(async ({ id }) => (await queue.read(id))?.position));
  expect(places).toEqual([1, 2, 3]);
  expect(await redis.get(keys.text(usual.id))).toBe("text");
});

it("a job goes from waiting to cancelled, back by a retry, and is gone after removal", async () => {
  const { id } = await queue.submit(data(), "text");
  expect(await queue.cancel(id)).toBe("ended");
  expect(await queue.read(id)).toMatchObject({ status: "cancelled", attempts: 0, failure: { code: "cancelled" } });
  expect(await queue.cancel(id)).toBe("finished");
  expect(await Promise.all([queue.retry(id), queue.retry(id)])).toEqual(
    expect.arrayContaining(["queued", "not-failed"]),
  );
  expect((await queue.read(id))?.status).toBe("queued");
  await queue.cancel(id);
  const job = await queue.read(id);
  if (job !== undefined) await queue.remove(job);
  expect(await queue.read(id)).toBeUndefined();
  expect(await redis.exists(keys.text(id))).toBe(0);
  expect(await queue.cancel(id)).toBe("missing");
  expect(await queue.retry(id)).toBe("missing");
});

it("a sweep fails what is too late and removes what has expired, and nothing else", async () => {
  const kept = await queue.submit(data(), "text");
  const late = await queue.submit(data({ startBy: Date.now() - 1 }), "text");
  const brief = await queue.submit(data({ resultTtlSeconds: 1 }), "text");
  await queue.cancel(brief.id);
  await queue.sweep();
  expect(await queue.read(late.id)).toMatchObject({ status: "failed", failure: { code: "deadline_exceeded" } });
  // As if its second were over.
  await redis.hset(`precis:summarize:${brief.id}`, "finishedOn", Date.now() - 2_000);
  await redis.zadd(keys.expiries, 0, brief.id);
  await queue.sweep();
  expect(await queue.read(brief.id)).toBeUndefined();
  expect(await redis.exists(keys.text(brief.id))).toBe(0);
  expect(await redis.zscore(keys.jobs, brief.id)).toBeNull();
  expect((await queue.read(kept.id))?.status).toBe("queued");
});

it("a server that has forgotten its scripts is told them again", async () => {
  await redis.script("FLUSH");
  const { id } = await queue.submit(data(), "text");
  expect((await queue.read(id))?.status).toBe("queued");
  await redis.script("FLUSH");
  expect(await queue.cancel(id)).toBe("ended");
});

it("one key leads to one job from many at once, and to a conflict with another request", async () => {
  const once = { key: "k", fingerprint: "f" };
  const outcomes = await Promise.all(Array.from({ length: 50 }, () => queue.submitOnce(data(), "text", once)));
  expect(new Set(outcomes.map((outcome) => (outcome === "conflict" ? outcome : outcome.id))).size).toBe(1);
  expect(outcomes.filter((outcome) => outcome !== "conflict" && !outcome.replayed)).toHaveLength(1);
  expect(await queue.submitOnce(data(), "text", { key: "k", fingerprint: "g" })).toBe("conflict");
});

it("a job that Redis writes too late for anybody to be told of it is taken back", async () => {
  const impatient = await connect(server.url, "request");
  const hasty = openJobQueue({ keys, redis: impatient, attempts: 3, textTtlMs: 60_000, webhookScheduleMs: [0] });
  await hasty.submit(data(), "text");
  await redis.flushall();
  await redis.client("PAUSE", 1_200, "ALL");
  await expect(hasty.submit(data(), "text")).rejects.toThrow("timed out");
  // Behind everything the paused connection has sent.
  await vi.waitFor(() => impatient.ping(), { timeout: 5_000 });
  expect(await redis.keys("precis:text:*")).toEqual([]);
  expect(await redis.zcard(keys.jobs)).toBe(0);
  expect(await redis.zcard("precis:summarize:prioritized")).toBe(0);
  // It was written before it was taken back.
  expect(await redis.get("precis:summarize:id")).toBe("1");
  await hasty.close();
  impatient.disconnect();
});
