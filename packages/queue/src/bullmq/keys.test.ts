import { afterAll, beforeAll, expect, it } from "vitest";
import { openTestQueue, type TestQueue } from "./testing/open-test-queue.js";

let test: TestQueue;
beforeAll(async () => {
  test = await openTestQueue();
});
afterAll(() => test.stop());

it("the keys are those that BullMQ itself builds", () => {
  const { bull, queue } = test;
  const { job: _, lock: __, ...fixed } = bull;
  const theirs = { ...queue.bull.keys, added: queue.bull.keys.id };
  for (const [name, key] of Object.entries(fixed)) expect(theirs, name).toHaveProperty(name, key);
  expect(bull.job("job_a")).toBe(queue.bull.toKey("job_a"));
});

it("BullMQ keeps each thing under the key that is read for it, in the type that is read", async () => {
  const { bull, redis, queue } = test;
  await test.add("job_a");
  expect(await redis.zrange(bull.prioritized, "0", "-1")).toEqual(["job_a"]);
  expect(await redis.zcard(bull.marker)).toBeGreaterThan(0);
  expect(await redis.get(bull.added)).toBe("1");
  expect(await redis.xlen(bull.events)).toBeGreaterThan(0);
  const job = await test.claim();
  expect(await redis.lrange(bull.active, 0, -1)).toEqual(["job_a"]);
  expect(await redis.get(bull.lock("job_a"))).toBe("token");
  await job.moveToDelayed(Date.now() + 60_000, "token");
  expect(await redis.exists(bull.lock("job_a"))).toBe(0);
  expect(await redis.zrange(bull.delayed, "0", "-1")).toEqual(["job_a"]);
  await test.add("job_b", { priority: 0 });
  expect(await redis.lrange(bull.wait, 0, -1)).toEqual(["job_b"]);
  // Before BullMQ 6 a paused queue had a list of its own.
  await queue.bull.pause();
  await test.add("job_c", { priority: 0 });
  expect(await redis.lrange(bull.wait, 0, -1)).toEqual(["job_c", "job_b"]);
});
