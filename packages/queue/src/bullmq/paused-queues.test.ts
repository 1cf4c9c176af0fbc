import { redisKeys } from "@precis/redis";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readPausedQueues } from "./paused-queues.js";
import { openTestQueue, type TestQueue } from "./testing/open-test-queue.js";

let test: TestQueue;
beforeAll(async () => {
  test = await openTestQueue();
});
afterAll(() => test.stop());

it("a queue that BullMQ pauses is read as paused until it is resumed", async () => {
  const { queue, redis } = test;
  const read = () => readPausedQueues(redis, redisKeys(queue.bull.opts.prefix ?? ""));
  expect(await read()).toEqual([]);
  await queue.bull.pause();
  expect(await read()).toEqual(["summarize"]);
  await queue.bull.resume();
  expect(await read()).toEqual([]);
});
