import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { isStalledReason } from "./failed-reason.js";
import { readStoredJob } from "./job-hash.js";
import { summarizeQueueName } from "./queue-names.js";
import { type JobOutcome, type QueueWorker, type StartWorkerOptions, startWorker } from "./start-worker.js";
import { keys, openTestQueue, type TestQueue } from "./testing/open-test-queue.js";

let test: TestQueue;
let worker: QueueWorker | undefined;
let errors: Error[];
beforeAll(async () => {
  test = await openTestQueue();
});
beforeEach(() => test.redis.flushall());
afterEach(() => worker?.close());
afterAll(() => test.stop());

function start(process: StartWorkerOptions["process"], more: Partial<StartWorkerOptions> = {}) {
  errors = [];
  worker = startWorker(summarizeQueueName, {
    ...{ redis: test.redis, keys, workerId: "w", concurrency: 1, lockMs: 30_000, maxStalledCount: 9, process, ...more },
    onError: (error) => errors.push(error),
  });
}

const stored = async () => (await readStoredJob(test.redis, keys, "job_a", keys.result("job_a")))?.job;
const waitForEnd = () =>
  vi.waitFor(
    async () => {
      const job = await stored();
      if (job?.finishedAt === undefined) throw new Error("not finished");
      return job;
    },
    { timeout: 30_000 },
  );

it("each outcome moves the job as it says, and only failed attempts are counted", async () => {
  const outcomes: JobOutcome[] = [
    { type: "waiting" },
    { type: "delayed", until: Date.now() + 1 },
    { type: "retry", reason: "first", delayMs: 1 },
    { type: "completed", value: { tokens: 1 } },
  ];
  await test.add("job_a", { attempts: 3, backoff: { type: "custom" } });
  const attempts: number[] = [];
  start(async (job) => {
    attempts.push(job.attempts);
    return outcomes[attempts.length - 1] as JobOutcome;
  });
  const job = await waitForEnd();
  expect(attempts).toEqual([0, 0, 0, 1]);
  expect(errors).toEqual([]);
  expect(job).toMatchObject({ attempts: 2 });
  expect(job).not.toHaveProperty("failReason");
});

it("a job that failed for good is not attempted again", async () => {
  await test.add("job_a", { attempts: 3 });
  start(async () => ({ type: "failed", reason: "cancelled: no" }));
  expect(await waitForEnd()).toMatchObject({ failReason: "cancelled: no", attempts: 1 });
});

it("a job that is put back wakes the workers that wait", async () => {
  await test.add("job_a");
  const isClaimed = new Promise<void>((resolve) => {
    start(async () => {
      worker?.pause();
      await test.redis.del(test.bull.marker);
      resolve();
      return { type: "waiting" };
    });
  });
  await isClaimed;
  await vi.waitFor(async () => expect(await test.redis.zcard(test.bull.prioritized)).toBe(1));
  await vi.waitFor(async () => expect(await test.redis.zcard(test.bull.marker)).toBe(1));
});

it("cancelling aborts the signal of the job", async () => {
  await test.add("job_a");
  expect(worker?.cancel("job_a")).toBeFalsy();
  const isAborted = new Promise((resolve) => {
    start(async (_job, signal) => {
      signal.addEventListener("abort", () => resolve(true));
      expect(worker?.cancel("job_a")).toBe(true);
      return { type: "completed", value: {} };
    });
  });
  expect(await isAborted).toBe(true);
});

it("a lost lock is noticed", async () => {
  await test.add("job_a");
  const lost = new Promise((resolve) => {
    start(
      async () => {
        await test.redis.del(test.bull.lock("job_a"));
        return { type: "completed", value: { waited: await lost } } as JobOutcome;
      },
      { lockMs: 200, onLockLost: resolve },
    );
  });
  expect(await lost).toEqual(["job_a"]);
});

it("a job that BullMQ gives up because its workers died says so in the words that are known", async () => {
  await test.add("job_a");
  await test.claim();
  await test.redis.del(test.bull.lock("job_a"));
  start(async () => ({ type: "completed", value: {} }), { maxStalledCount: 0, lockMs: 50 });
  const { failReason = "" } = await waitForEnd();
  expect(isStalledReason(failReason), failReason).toBe(true);
});
