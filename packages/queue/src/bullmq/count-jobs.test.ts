import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { countAdded, countByState, countUnfinished, oldestWaitingSince } from "./count-jobs.js";
import { finishedPerMinute } from "./finished-per-minute.js";
import { scoresOf } from "./priority-score.js";
import { summarizeQueueName } from "./queue-names.js";
import { startWorker } from "./start-worker.js";
import { keys, openTestQueue, type TestQueue } from "./testing/open-test-queue.js";

let test: TestQueue;
beforeAll(async () => {
  test = await openTestQueue();
});
beforeEach(() => test.redis.flushall());
afterAll(() => test.stop());

it("jobs of one priority have the scores of that priority, oldest first", async () => {
  for (const priority of [1, 2, 10]) {
    for (const n of [1, 2]) await test.add(`job_${priority}_${n}`, { priority });
  }
  for (const priority of [1, 2, 10]) {
    const ids = await test.redis.zrangebyscore(test.bull.prioritized, ...scoresOf(priority));
    expect(ids).toEqual([`job_${priority}_1`, `job_${priority}_2`]);
  }
});

it("the oldest waiting job is found in every priority and among those without one", async () => {
  expect(await oldestWaitingSince(test.queue)).toBeUndefined();
  const start = Date.now();
  for (const [age, priority] of [3, 10, 1, 0].entries()) {
    const timestamp = start - age * 1_000;
    await test.add(`job_${priority}`, { priority, timestamp });
    expect(await oldestWaitingSince(test.queue)).toBe(timestamp);
  }
});

it("jobs are counted by state, and added jobs also when they have ids of their own", async () => {
  await test.add("job_a");
  await test.add("job_b");
  await test.add("job_c", { delay: 60_000 });
  await test.claim();
  expect(await countByState(test.queue)).toEqual({
    ...{ waiting: 0, prioritized: 1, delayed: 1, active: 1, "waiting-children": 0, completed: 0, failed: 0 },
  });
  expect(await countUnfinished(test.queue)).toBe(3);
  expect(await countAdded(test.queue)).toBe(3);
});

it("finished jobs are counted by the minute they ended in", async () => {
  const minute = Math.floor(Date.now() / 60_000) * 60_000;
  vi.useFakeTimers({ toFake: ["Date"] });
  const worker = startWorker(summarizeQueueName, {
    ...{
      redis: test.redis,
      keys,
      workerId: "w",
      concurrency: 1,
      lockMs: 30_000,
      maxStalledCount: 1,
      metricsMinutes: 60,
    },
    process: async () => ({ type: "completed", value: {} }),
    onError: () => {},
  });
  try {
    for (const [after, id] of [
      [0, "job_a"],
      [0, "job_b"],
      [2, "job_c"],
    ] as const) {
      vi.setSystemTime(minute + after * 60_000);
      await test.add(id);
      await vi.waitFor(async () => expect(await (await test.queue.bull.getJob(id))?.isCompleted()).toBe(true));
    }
    const counts = await finishedPerMinute(test.queue, "completed", 5, minute + 3 * 60_000);
    expect(counts).toEqual([0, 2, 0, 1, 0]);
    expect(await finishedPerMinute(test.queue, "failed", 2, minute)).toEqual([0, 0]);
  } finally {
    vi.useRealTimers();
    await worker.close();
  }
});
