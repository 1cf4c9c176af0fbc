import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { failWaiting } from "./fail-waiting.js";
import { removeEvents, removeJob } from "./remove-job.js";
import { retryFailed } from "./retry-failed.js";
import { keys, openTestQueue, type TestQueue } from "./testing/open-test-queue.js";

let test: TestQueue;
beforeAll(async () => {
  test = await openTestQueue();
});
beforeEach(() => test.redis.flushall());
afterAll(() => test.stop());

const options = { resultKey: keys.result("job_a"), cancelledKey: keys.cancelled("job_a"), markMs: 60_000 };
const fail = () => failWaiting(test.queue, "job_a", "cancelled: not wanted", options);

it.each([
  ["prioritized", { priority: 5 }, false],
  ["waiting", { priority: 0 }, false],
  ["delayed", { delay: 60_000 }, false],
  ["paused", { priority: 0 }, true],
] as const)(
  "a %s job is failed by BullMQ itself, and nothing of the claim stays",
  async (_state, addOptions, isPaused) => {
    if (isPaused) await test.queue.bull.pause();
    await test.add("job_a", addOptions);
    expect(await fail()).toBe("failed");
    const job = await test.queue.bull.getJob("job_a");
    expect(await job?.getState()).toBe("failed");
    expect(job?.failedReason).toBe("cancelled: not wanted");
    expect(await test.redis.exists(test.bull.lock("job_a"), test.bull.active, options.cancelledKey)).toBe(0);
    expect(JSON.stringify(await test.redis.xrange(test.bull.events, "-", "+"))).toContain('"failed"');
    expect(await fail()).toBe("finished");
    if (isPaused) await test.queue.bull.resume();
  },
);

it("a running job is only marked, and one that has its result is left alone", async () => {
  expect(await fail()).toBe("missing");
  await test.add("job_a");
  await test.claim();
  expect(await fail()).toBe("running");
  expect(await test.redis.pttl(options.cancelledKey)).toBeGreaterThan(0);
  await test.redis.del(options.cancelledKey);
  await test.redis.set(options.resultKey, "result");
  expect(await fail()).toBe("finished");
  expect(await test.redis.exists(options.cancelledKey)).toBe(0);
});

it("a failed job can be retried once, with new data and all its attempts", async () => {
  expect(await retryFailed(test.queue, "job_a", {})).toBe("missing");
  await test.add("job_a");
  expect(await retryFailed(test.queue, "job_a", {})).toBe("not-failed");
  await fail();
  const outcomes = await Promise.all([1, 2].map((n) => retryFailed(test.queue, "job_a", { n })));
  expect(outcomes.toSorted()).toEqual(["not-failed", "queued"]);
  const job = await test.claim();
  expect(job).toMatchObject({ id: "job_a", attemptsMade: 0, attemptsStarted: 1 });
});

it("a job that a worker holds is not removed; its events go with it", async () => {
  await test.add("job_a");
  await test.add("job_b");
  const job = await test.claim();
  expect(await removeJob(test.queue, "job_a")).toBe(false);
  await job.moveToFailed(new Error("a secret"), "token");
  expect(await removeJob(test.queue, "job_a")).toBe(true);
  expect(await removeJob(test.queue, "job_a")).toBe(true);
  await removeEvents(test.queue, "job_a", job.timestamp);
  const events = JSON.stringify(await test.redis.xrange(test.bull.events, "-", "+"));
  expect(events).not.toContain("job_a");
  expect(events).not.toContain("a secret");
  expect(events).toContain("job_b");
});
