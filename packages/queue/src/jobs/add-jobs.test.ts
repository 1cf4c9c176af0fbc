import { type Redis, redisKeys } from "@precis/redis";
import { startTestRedis, type TestRedis } from "@precis/redis/testing";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { storedQueue } from "../bullmq/testing/stored-queue.js";
import { jobData as data } from "../testing/job-data.js";
import { type JobQueue, openJobQueue } from "./job-queue.js";
import { storeText } from "./store-text.js";

const keys = redisKeys("precis");
const options = { keys, attempts: 3, textTtlMs: 60_000, webhookScheduleMs: [0] };
const webhook = { url: "http://127.0.0.1:9/", events: ["completed" as const] };
const once = { key: "k", fingerprint: "f" };
let server: TestRedis;
let redis: Redis;
let queue: JobQueue;
let stored: ReturnType<typeof storedQueue>;

beforeAll(async () => {
  server = await startTestRedis("background");
  redis = server.redis;
  queue = openJobQueue({ ...options, redis });
  stored = storedQueue(redis);
  await queue.bull.waitUntilReady();
});
beforeEach(() => redis.flushall());
afterAll(async () => {
  await queue.close();
  await server.stop();
});

/** BullMQ writes no job while its counter is not a number: the first step succeeds, the second fails. */
const refuseJobs = () => redis.set(stored.keys.added, "none");
const allowJobs = () => redis.del(stored.keys.added);
const kinds = [
  { name: "a plain job", job: data() },
  { name: "a job with a webhook", job: data({ webhook }) },
];

it.each(kinds)("the text of $name is there before the job", async ({ job }) => {
  const commands: string[][] = [];
  const monitor = await redis.monitor();
  monitor.on("monitor", (_time: string, args: string[]) => commands.push(args));
  const { id } = await queue.submit(job, "the text");
  const writesJob = (args: string[]) => /^h(m?)set$/i.test(args[0] ?? "") && args[1] === stored.keys.job(id);
  await vi.waitFor(() => expect(commands.some(writesJob)).toBe(true));
  monitor.disconnect();
  // The reply to the text comes before the job is sent, so another connection could not overtake it either.
  const textAt = commands.findIndex((args) => args[0]?.toLowerCase() === "set" && args[1] === keys.text(id));
  expect(textAt).toBeGreaterThanOrEqual(0);
  expect(commands.findIndex(writesJob)).toBeGreaterThan(textAt);
});

it.each(kinds)("$name is not added when its text was refused", async ({ job }) => {
  await redis.set(keys.jobs, "not a sorted set");
  await expect(queue.submit(job, "text")).rejects.toThrow("WRONGTYPE");
  expect(await stored.countAdded()).toBe(0);
});

it.each(kinds)("a submission whose job is refused leaves nothing: $name", async ({ job }) => {
  await refuseJobs();
  await expect(queue.submit(job, "text")).rejects.toThrow();
  await vi.waitFor(async () => expect(await redis.keys("precis:text:*")).toEqual([]));
  await vi.waitFor(async () => expect(await redis.zcard(keys.jobs)).toBe(0));
  expect(await stored.countWaiting()).toBe(0);
});

it.each(kinds)("a key whose job was refused leads to the job of the next request: $name", async ({ job }) => {
  await refuseJobs();
  await expect(queue.submitOnce(job, "text", once)).rejects.toThrow();
  expect(await stored.countWaiting()).toBe(0);
  await allowJobs();
  const outcome = await queue.submitOnce(job, "text", once);
  if (outcome === "conflict") throw new Error("conflict");
  expect(await queue.read(outcome.id)).toMatchObject({ status: "queued" });
  expect(await redis.get(keys.text(outcome.id))).toBe("text");
  expect(await queue.submitOnce(job, "text", once)).toEqual({ id: outcome.id, replayed: true });
  expect(await stored.countWaiting()).toBe(1);
});

it("a text whose job was never written expires, and the sweep deletes it before that", async () => {
  await refuseJobs();
  // As of a process that died between the two steps: a request with a key rolls nothing back.
  await expect(queue.submitOnce(data({ resultTtlSeconds: 30 }), "text", once)).rejects.toThrow();
  const [text = ""] = await redis.keys("precis:text:*");
  expect(await redis.pttl(text)).toBeGreaterThan(0);
  expect(await redis.pttl(text)).toBeLessThanOrEqual(options.textTtlMs);
  await queue.sweep();
  expect(await redis.exists(text)).toBe(1);
  const [id = ""] = await redis.zrange(keys.jobs, "0", "-1");
  await redis.zadd(keys.expiries, Date.now() - 1, id);
  await queue.sweep();
  expect(await redis.keys("precis:text:*")).toEqual([]);
  expect(await redis.exists(keys.jobs, keys.expiries, keys.deadlines)).toBe(0);
});

it("a sweep between the text and the job of a submission loses neither text nor deadline", async () => {
  const job = { id: "job_a", data: data({ resultTtlSeconds: 1, startBy: Date.now() - 1 }), text: "text" };
  await storeText(redis, keys, job, options.textTtlMs);
  await queue.sweep();
  await queue.bull.add("summarize", job.data, { jobId: job.id, priority: 5 });
  expect(await redis.get(keys.text(job.id))).toBe("text");
  await queue.sweep();
  expect(await queue.read(job.id)).toMatchObject({ status: "failed", failure: { code: "deadline_exceeded" } });
});

it("a batch is written in order, each job with its text; a repeat changes nothing", async () => {
  const items = [data(), data({ priority: 1 }), data({ webhook })].map((job, index) => {
    return { index, data: job, text: `text ${index}` };
  });
  const batch = { size: 3, items, rejected: [] };
  const outcomes = [await queue.submitBatch(batch, once), await queue.submitBatch(batch, once)];
  expect(outcomes[1]).toEqual({ ...(outcomes[0] as object), replayed: true });
  const [first] = outcomes;
  if (first === undefined || first === "conflict") throw new Error("conflict");
  const ids = queue.batchJobs(first.id, items).map(({ id }) => id);
  expect(await redis.mget(ids.map((id) => keys.text(id)))).toEqual(["text 0", "text 1", "text 2"]);
  expect(await stored.countWaiting()).toBe(3);
  const positions = await Promise.all(ids.map(async (id) => (await queue.read(id))?.position));
  expect(positions[1]).toBe(1);
});

it("a batch with a job that is refused is rolled back as a whole", async () => {
  await refuseJobs();
  const items = Array.from({ length: 120 }, (_, index) => ({ index, data: data(), text: "text" }));
  await expect(queue.submitBatch({ size: 120, items, rejected: [] })).rejects.toThrow();
  await vi.waitFor(async () => expect(await redis.keys("precis:text:*")).toEqual([]));
  expect(await stored.countWaiting()).toBe(0);
});

it("Redis without memory left refuses a submission in its own words", async () => {
  await redis.config("SET", "maxmemory", "1mb");
  try {
    await expect(queue.submit(data(), "text")).rejects.toThrow("OOM command not allowed");
    expect(await stored.countWaiting()).toBe(0);
  } finally {
    await redis.config("SET", "maxmemory", "0");
  }
});
