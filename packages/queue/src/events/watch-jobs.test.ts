import { connect, type Redis, redisKeys } from "@precis/redis";
import { startTestRedis, type TestRedis } from "@precis/redis/testing";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type JobQueue, openJobQueue } from "../jobs/job-queue.js";
import { jobData as data } from "../testing/job-data.js";
import { type JobWatcher, openJobWatcher } from "./watch-jobs.js";

const keys = redisKeys("precis");
let server: TestRedis;
let redis: Redis;
let queue: JobQueue;
let watcher: JobWatcher;

beforeAll(async () => {
  server = await startTestRedis("background");
  redis = server.redis;
  queue = openJobQueue({ keys, redis, attempts: 3, textTtlMs: 60_000, webhookScheduleMs: [0] });
  const subscriber = await connect(server.url, "background");
  watcher = openJobWatcher({ keys, queue, redis, subscriber, lingerMs: 50, recheckMs: 600_000 });
});
afterAll(async () => {
  await Promise.all([watcher.close(), queue.close()]);
  await server.stop();
});

/** Connections that read a stream, as BullMQ's reader of events does. */
const readers = async () => String(await redis.client("LIST")).match(/cmd=xread/g)?.length ?? 0;

it("events are read by one connection while there are waiters or followers, and by none before and after", async () => {
  const { id } = await queue.submit(data(), "text");
  expect(await readers()).toBe(0);
  const leave = new AbortController();
  const waits = Array.from({ length: 3 }, () => watcher.waitForEnd(id, 60_000, leave.signal));
  const stop = watcher.follow(id, () => {});
  await vi.waitFor(async () => expect(await readers()).toBe(1), { timeout: 10_000 });
  leave.abort();
  await Promise.all(waits);
  stop();
  await vi.waitFor(async () => expect(await readers()).toBe(0), { timeout: 10_000 });
});

it("an end is seen however shortly after the first read it comes", async () => {
  for (let round = 0; round < 20; round += 1) {
    const { id } = await queue.submit(data(), "text");
    // The recheck comes too late for this test.
    const waiting = watcher.waitForEnd(id, 600_000, undefined, true);
    // On the connection of the first read, so just after it.
    await queue.cancel(id);
    expect((await waiting)?.status).toBe("cancelled");
    if (round % 2 === 0) await vi.waitFor(async () => expect(await readers()).toBe(0), { timeout: 10_000 });
  }
});

it("a follower that follows before the end gets it", async () => {
  const { id } = await queue.submit(data(), "text");
  const ended = new Promise((resolve) => {
    watcher.follow(id, ({ type }) => type === "ended" && resolve(type));
  });
  await queue.cancel(id);
  expect(await ended).toBe("ended");
});
