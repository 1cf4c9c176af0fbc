import { type Redis, redisKeys } from "@precis/redis";
import { startTestRedis, type TestRedis } from "@precis/redis/testing";
import { Queue } from "bullmq";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { commonOptions } from "./bullmq/job-options.js";
import { jobData as data } from "./testing/job-data.js";
import { createPlainJobWriter, type WritePlainJobs } from "./write-plain-jobs.js";

const keys = redisKeys("precis");
const defaultJobOptions = { attempts: 3, backoff: { type: "exponential", delay: 250, jitter: 0.5 } };
let server: TestRedis;
let redis: Redis;
let bull: Queue;
let write: WritePlainJobs;

beforeAll(async () => {
  server = await startTestRedis("background");
  redis = server.redis;
  bull = new Queue("summarize", { connection: redis, prefix: keys.prefix, defaultJobOptions });
  write = createPlainJobWriter(bull, redis, keys);
});
beforeEach(() => redis.flushall());
afterAll(async () => {
  await bull.close();
  await server.stop();
});

/** All BullMQ holds, without what differs from one job to the next. */
async function everything(id: string): Promise<unknown> {
  const queue = `${keys.prefix}:summarize`;
  const { opts = "", timestamp, ...hash } = await redis.hgetall(`${queue}:${id}`);
  // Written once, when a queue is opened.
  const { version, ...meta } = await redis.hgetall(`${queue}:meta`);
  const events = await redis.xrange(`${queue}:events`, "-", "+");
  return {
    hash,
    opts: JSON.parse(opts),
    dated: Math.abs(Number(timestamp) - Date.now()) < 60_000,
    waiting: await redis.zrange(`${queue}:prioritized`, "0", "-1", "WITHSCORES"),
    marker: await redis.zrange(`${queue}:marker`, "0", "-1", "WITHSCORES"),
    counters: await redis.mget(`${queue}:id`, `${queue}:pc`),
    meta,
    events: events.map(([, fields]) => fields),
    keys: (await redis.keys(`${queue}:*`)).sort(),
  };
}

it("a job is written as BullMQ writes it, to the last key", async () => {
  const given = data({ priority: 7, metadata: { page: "ü" } });
  await bull.add("summarize", given, { ...commonOptions, jobId: "job_a", priority: 7 });
  const theirs = await everything("job_a");
  await redis.flushall();
  expect(await write([{ id: "job_a", data: given, text: "text" }], 60_000)).toEqual(new Map());
  expect(await everything("job_a")).toEqual(theirs);
});

it("many are written in order, each with its text and its index entries; one that is there stays as it is", async () => {
  const startBy = Date.now() + 5_000;
  const jobs = [data(), data({ priority: 1 }), data({ startBy })].map((given, place) => ({
    id: `job_${place}`,
    data: given,
    text: `text ${place}`,
  }));
  await write(jobs, 60_000);
  await write([{ id: "job_0", data: data({ model: "bart" }), text: "text 0" }], 60_000);
  expect(await redis.zrange("precis:summarize:prioritized", "0", "-1")).toEqual(["job_1", "job_0", "job_2"]);
  expect(JSON.parse((await redis.hget("precis:summarize:job_0", "data")) ?? "")).toEqual(data());
  expect(await redis.mget(jobs.map(({ id }) => keys.text(id)))).toEqual(["text 0", "text 1", "text 2"]);
  expect(await redis.pttl(keys.text("job_1"))).toBeGreaterThan(50_000);
  expect(await redis.zrange(keys.jobs, "0", "-1")).toEqual(["job_0", "job_1", "job_2"]);
  expect(await redis.zcard(keys.expiries)).toBe(3);
  expect(await redis.zrange(keys.deadlines, "0", "-1", "WITHSCORES")).toEqual(["job_2", String(startBy)]);
});

it("one that cannot be written does not keep the others from it", async () => {
  await redis.set("precis:deadlines", "spoilt");
  const startBy = Date.now() + 5_000;
  const jobs = [data(), data({ startBy }), data()].map((given, place) => ({
    id: `job_${place}`,
    data: given,
    text: "t",
  }));
  const faults = await write(jobs, 60_000);
  expect([...faults.keys()]).toEqual([1]);
  expect(faults.get(1)?.message).toMatch(/^WRONGTYPE/);
  expect(await redis.exists("precis:summarize:job_0", "precis:summarize:job_2")).toBe(2);
  expect(await redis.exists("precis:summarize:job_1")).toBe(0);
});

it("a server without memory left says so in its own words", async () => {
  await redis.config("SET", "maxmemory", "1mb");
  try {
    const faults = await write([{ id: "job_a", data: data(), text: "text" }], 60_000);
    expect(faults.get(0)?.message).toMatch(/^OOM command not allowed/);
    expect(await redis.keys("*")).toEqual([]);
  } finally {
    await redis.config("SET", "maxmemory", "0");
  }
});
