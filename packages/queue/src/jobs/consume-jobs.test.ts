import { type JobResult, PrecisError } from "@precis/contracts";
import { type Redis, redisKeys } from "@precis/redis";
import { startTestRedis, type TestRedis } from "@precis/redis/testing";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { dieWithJob, findStalled } from "../bullmq/testing/die-with-job.js";
import { jobData } from "../testing/job-data.js";
import { type ConsumedJob, type Consumer, consumeJobs } from "./consume-jobs.js";
import { type JobQueue, openJobQueue } from "./job-queue.js";
import type { JobRecord } from "./read-job.js";
import { Requeue } from "./requeue.js";

const keys = redisKeys("precis");
const attempts = 2;
const result: JobResult = {
  ...{ summary: "short", model: "t5", input_tokens: 9, output_tokens: 1, truncated: false, chunks: 1 },
};
let server: TestRedis;
let redis: Redis;
let queue: JobQueue;
let consumer: Consumer | undefined;
let quarantined: string[];

beforeAll(async () => {
  server = await startTestRedis("background");
  redis = server.redis;
  queue = openJobQueue({ keys, redis, attempts, textTtlMs: 60_000, webhookScheduleMs: [0] });
});
afterEach(async () => {
  await consumer?.close();
  await redis.flushall();
});
afterAll(async () => {
  await queue.close();
  await server.stop();
});

/** Runs jobs, each read before it is handled, as the worker does. */
function consume(handle: (job: ConsumedJob) => JobResult) {
  quarantined = [];
  consumer = consumeJobs({
    ...{ keys, redis, workerId: "w", concurrency: 4, lockMs: 200, attempts, textTtlMs: 60_000 },
    handle: async (job) => {
      await job.readText();
      return handle(job);
    },
    onQuarantine: (id) => quarantined.push(id),
    onError: () => {},
  });
}

const waitForEnd = (id: string): Promise<JobRecord> =>
  vi.waitFor(
    async () => {
      const job = await queue.read(id);
      if (job?.finishedAt === undefined) throw new Error(`${id} is ${job?.status}`);
      return job;
    },
    { timeout: 30_000, interval: 20 },
  );

it("a job whose worker died while it ran other jobs too runs alone, and no attempt is counted", async () => {
  const { id } = await queue.submit(jobData(), "text");
  await dieWithJob(redis, keys, "shared");
  const seen: unknown[] = [];
  consume(({ data }) => {
    seen.push(data.isolation);
    return result;
  });
  expect(await waitForEnd(id)).toMatchObject({ status: "completed", attempts: 1 });
  expect(seen).toEqual(["worker"]);
});

it("a job that only waited in a worker that died is not a suspect, however often that happens", async () => {
  const { id } = await queue.submit(jobData(), "text");
  for (let death = 0; death < 5; death += 1) {
    await dieWithJob(redis, keys);
    await findStalled(redis, keys, id);
  }
  const seen: unknown[] = [];
  consume(({ data }) => {
    seen.push(data.isolation);
    return result;
  });
  expect(await waitForEnd(id)).toMatchObject({ status: "completed", attempts: 1 });
  expect(seen).toEqual([undefined]);
});

it("a job whose workers die while they run it alone fails without another run, and a retry resets its attempts", async () => {
  const { id } = await queue.submit(jobData(), "text");
  const runs: unknown[] = [];
  const handle = ({ data }: ConsumedJob) => {
    runs.push(data.isolation);
    return result;
  };
  await dieWithJob(redis, keys, "alone");
  consume(({ data }) => {
    runs.push(data.isolation);
    throw new Requeue("not here", 60_000);
  });
  await vi.waitFor(() => expect(runs).toHaveLength(1));
  await consumer?.close();
  expect(await queue.read(id)).toMatchObject({ status: "queued", attempts: 1 });
  await queue.bull.getJob(id).then((job) => job?.promote());
  await dieWithJob(redis, keys, "alone");
  consume(handle);
  expect(await waitForEnd(id)).toMatchObject({
    status: "failed",
    attempts,
    failure: { code: "worker_died", message: "the worker died 2 times while it ran this job alone" },
  });
  expect(runs).toHaveLength(1);
  expect(quarantined).toEqual([id]);

  await queue.retry(id);
  expect(await waitForEnd(id)).toMatchObject({ status: "completed", attempts: 1 });
  expect(runs.at(-1)).toBeUndefined();
});

it("attempts are counted by cause, and a job that kills its process on its own is isolated", async () => {
  const { id } = await queue.submit(jobData(), "text");
  const died = () => new PrecisError("model_process_died", "the process ended by SIGKILL", { retriable: true });
  const failures = [
    new PrecisError("model_load_failed", "no memory", { retriable: true }),
    died(),
    new Error("something"),
    new Requeue("put back"),
    died(),
  ];
  const seen: unknown[] = [];
  consume(({ data }) => {
    seen.push(data.isolation);
    throw failures.shift();
  });
  expect(await waitForEnd(id)).toMatchObject({
    status: "failed",
    attempts: 4,
    failure: {
      code: "model_process_died",
      message: "the process ended by SIGKILL 2 times while it ran this job alone",
    },
  });
  expect(seen).toEqual([undefined, undefined, "process", "process", "process"]);
});

it("a job that shared a process that died is requeued as a suspect, and no attempt is counted", async () => {
  const { id } = await queue.submit(jobData(), "text");
  const seen: unknown[] = [];
  consume(({ data }) => {
    seen.push(data.isolation);
    if (seen.length === 1) throw new Requeue("the process died", 0, "process");
    return result;
  });
  expect(await waitForEnd(id)).toMatchObject({ status: "completed", attempts: 1 });
  expect(seen).toEqual([undefined, "process"]);
});

it("a result that Redis has no room for is kept until it has: the text is not summarized again", async () => {
  const { id } = await queue.submit(jobData(), "A text");
  const setMaxMemory = (bytes: string) => redis.config("SET", "maxmemory", bytes);
  let runs = 0;
  consumer = consumeJobs({
    ...{ keys, redis, workerId: "w", concurrency: 4, lockMs: 300, attempts, textTtlMs: 60_000 },
    handle: async (job) => {
      await job.readText();
      runs += 1;
      // Every write is refused from now on, for several times as long as a lock lasts.
      await setMaxMemory("1");
      setTimeout(() => void setMaxMemory("0"), 1_500);
      return result;
    },
    onQuarantine: () => {},
    onError: () => {},
  });
  const job = await waitForEnd(id);
  expect([job.status, job.result?.summary, runs]).toEqual(["completed", "short", 1]);
});
