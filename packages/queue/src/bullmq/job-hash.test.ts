import { FlowProducer } from "bullmq";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { failureFields, readStoredData, readStoredJob, readStoredJobs } from "./job-hash.js";
import { keys, openTestQueue, type TestQueue } from "./testing/open-test-queue.js";

let test: TestQueue;
beforeAll(async () => {
  test = await openTestQueue();
});
beforeEach(() => test.redis.flushall());
afterAll(() => test.stop());

const result = keys.result("job_a");
const read = () => readStoredJob(test.redis, keys, "job_a", result);

it("a job is read as BullMQ stores it, from waiting to completed", async () => {
  expect(await read()).toBeUndefined();
  expect(await readStoredJobs(test.redis, keys, ["job_a"])).toEqual([undefined]);
  const before = Date.now();
  await test.add("job_b", { priority: 1 });
  await test.add("job_a");
  const waiting = await read();
  expect(waiting).toEqual({
    job: { data: '{"n":1}', createdAt: expect.any(Number), attempts: 0, isLocked: false },
    result: null,
    jobsBefore: 1,
  });
  expect(waiting?.job.createdAt).toBeGreaterThanOrEqual(before);
  expect(await readStoredData(test.redis, keys, "job_a")).toBe('{"n":1}');

  await test.claim();
  const job = await test.claim();
  await job.updateProgress({ tokens: 3 });
  expect(await read()).toMatchObject({ job: { startedAt: expect.any(Number), isLocked: true }, jobsBefore: null });
  expect((await read())?.job.progress).toBe('{"tokens":3}');
  await test.redis.set(result, "the result");
  await job.moveToCompleted({ tokens: 4 }, "token", false);
  const completed = await read();
  expect(completed).toMatchObject({
    job: { finishedAt: expect.any(Number), attempts: 1, isLocked: false },
    result: "the result",
  });
  expect(completed?.job).not.toHaveProperty("failReason");
  expect(await readStoredJobs(test.redis, keys, ["job_a"])).toEqual([completed?.job]);
});

it("a job that failed has its reason, and one that completed afterwards has not", async () => {
  await test.add("job_a", { attempts: 2 });
  const first = await test.claim();
  await first.moveToFailed(new Error("the reason"), "token");
  expect((await read())?.job).not.toHaveProperty("failReason");
  const second = await test.claim();
  await second.moveToFailed(new Error("the last reason"), "token");
  expect((await read())?.job).toMatchObject({ failReason: "the last reason", attempts: 2 });
  const job = await test.queue.bull.getJob("job_a");
  await job?.retry("failed");
  await (await test.claim()).moveToCompleted({}, "token", false);
  expect((await read())?.job).not.toHaveProperty("failReason");
});

it("the failure fields of BullMQ's JSON are the ones the board redacts", async () => {
  const flows = new FlowProducer({ connection: test.redis, prefix: keys.prefix });
  const queueName = test.queue.bull.name;
  const opts = { jobId: "job_a", priority: 5, failParentOnFailure: true };
  await flows.add({ name: "p", queueName, opts: { jobId: "job_p" }, children: [{ name: "c", queueName, opts }] });
  await (await test.claim()).moveToFailed(new Error("the reason"), "token");
  const child: object = (await test.queue.bull.getJob("job_a"))?.toJSON() ?? {};
  const parent: object = (await test.queue.bull.getJob("job_p"))?.toJSON() ?? {};
  const [reason, deferred] = failureFields.reasons;
  expect(child).toHaveProperty(reason, "the reason");
  expect(child).toHaveProperty(failureFields.stackTrace, [expect.stringContaining("the reason")]);
  expect(parent).toHaveProperty(deferred, expect.any(String));
  await flows.close();
});
