import { connect, type Redis, redisKeys } from "@precis/redis";
import { startTestRedis, type TestRedis } from "@precis/redis/testing";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { dieWithJob } from "../bullmq/testing/die-with-job.js";
import { storedQueue } from "../bullmq/testing/stored-queue.js";
import { type DeliveryQueue, openDeliveryQueue } from "../deliveries/delivery-queue.js";
import { type JobWatcher, openJobWatcher } from "../events/watch-jobs.js";
import { jobData as data } from "../testing/job-data.js";
import { createJobActions, type JobActions } from "./job-actions.js";
import { type JobQueue, openJobQueue } from "./job-queue.js";

const keys = redisKeys("precis");
const webhook = { url: "http://127.0.0.1:9/", events: ["completed" as const] };
let server: TestRedis;
let redis: Redis;
let queue: JobQueue;
let deliveries: DeliveryQueue;
let watcher: JobWatcher;
let actions: JobActions;
let stopRequests: string[];

beforeAll(async () => {
  server = await startTestRedis("background");
  redis = server.redis;
  queue = openJobQueue({ keys, redis, attempts: 3, textTtlMs: 60_000, webhookScheduleMs: [0] });
  deliveries = openDeliveryQueue({ keys, redis, scheduleMs: [0] });
  watcher = openJobWatcher({ keys, queue, redis, subscriber: await connect(server.url, "background") });
  const requestStop = (id: string) => void stopRequests.push(id);
  actions = createJobActions({ queue, deliveries, watcher, requestStop, stopTimeoutMs: 50 });
});
beforeEach(async () => {
  await redis.flushall();
  stopRequests = [];
});
afterAll(async () => {
  await Promise.all([watcher.close(), deliveries.close(), queue.close()]);
  await server.stop();
});

const deliveryCount = () => storedQueue(redis, "webhooks").countUnfinished();

it("cancelling ends a waiting job at once, and then finds it finished", async () => {
  const { id } = await queue.submit(data(), "text");
  expect(await actions.cancel(id)).toMatchObject({ job: { status: "cancelled" }, hadFinished: false });
  expect(await actions.cancel(id)).toMatchObject({ job: { status: "cancelled" }, hadFinished: true });
  expect(stopRequests).toEqual([]);
  expect(await actions.cancel("job_none")).toBeUndefined();
});

it("a running job is asked to stop, and is not deleted while its worker has not stopped", async () => {
  const { id } = await queue.submit(data(), "text");
  await dieWithJob(redis, keys);
  expect(await actions.cancel(id)).toMatchObject({ hadFinished: false });
  expect(await redis.exists(keys.cancelled(id))).toBe(1);
  expect(await actions.delete(id)).toBe("running");
  expect(stopRequests).toEqual([id, id]);
  expect(await queue.read(id)).toBeDefined();
});

it("deleting a job that waits leaves neither job nor text nor delivery", async () => {
  const { id } = await queue.submit(data({ webhook }), "text");
  expect(await deliveryCount()).toBe(1);
  expect(await actions.delete(id)).toBe("deleted");
  expect(await queue.read(id)).toBeUndefined();
  expect(await deliveryCount()).toBe(0);
  expect((await redis.keys("*")).filter((key) => key.includes(id))).toEqual([]);
  expect(await actions.delete(id)).toBe("missing");
});

it("a retry comes with a delivery for the next end, also when the job is retried twice at once", async () => {
  const { id } = await queue.submit(data({ webhook }), "text");
  await actions.cancel(id);
  const results = await Promise.all([actions.retry(id), actions.retry(id)]);
  expect(results.map(({ outcome }) => outcome)).toContain("queued");
  expect(await queue.read(id)).toMatchObject({ status: "queued" });
  expect(await deliveryCount()).toBe(1);
  const delivery = await storedQueue(redis, "webhooks").data(`delivery_${id}_again`);
  expect(delivery).toMatchObject({ jobId: id, afterEnd: expect.any(Number) });
});

it("a retry that is refused adds no delivery", async () => {
  const { id } = await queue.submit(data({ webhook }), "text");
  expect((await actions.retry(id)).outcome).toBe("not-failed");
  await actions.cancel(id);
  await deliveries.forget(id);
  await redis.del(keys.text(id));
  expect((await actions.retry(id)).outcome).toBe("text-lost");
  expect(await deliveryCount()).toBe(0);
  expect((await actions.retry("job_none")).outcome).toBe("missing");
});
