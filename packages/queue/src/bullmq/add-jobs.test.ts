import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { addJobs, addWithDeliveries } from "./add-jobs.js";
import { deliveryOptions, summarizeOptions } from "./job-options.js";
import { bullKeys } from "./keys.js";
import { type FlowProducer, type OpenQueue, openFlowProducer, openQueue } from "./open-queue.js";
import { webhooksQueueName } from "./queue-names.js";
import { keys, openTestQueue, type TestQueue } from "./testing/open-test-queue.js";

let test: TestQueue;
let deliveries: OpenQueue;
let flows: FlowProducer;
beforeAll(async () => {
  test = await openTestQueue();
  deliveries = openQueue(webhooksQueueName, { keys, redis: test.redis });
  flows = openFlowProducer({ keys, redis: test.redis });
});
beforeEach(() => test.redis.flushall());
afterAll(async () => {
  await Promise.all([deliveries.bull.close(), flows.close()]);
  await test.stop();
});

const job = (id: string, n = 1) => ({ id, name: "summarize", data: { n }, options: summarizeOptions() });
const pair = (id: string) => ({
  job: job(id),
  delivery: { id: `delivery_${id}`, name: "deliver", data: {}, options: deliveryOptions([0, 5]) },
});
const refuseJobs = () => test.redis.set(test.bull.added, "none");

it("a job whose id exists is not added again and stays as it is", async () => {
  await addJobs(test.queue, [job("job_a")]);
  await addJobs(test.queue, [job("job_a", 2)]);
  await addJobs(test.queue, [job("job_a", 3), job("job_b")]);
  expect((await test.queue.bull.getJob("job_a"))?.data).toEqual({ n: 1 });
  expect(await test.redis.zrange(test.bull.prioritized, "0", "-1")).toEqual(["job_a", "job_b"]);
});

it("adding rejects when BullMQ did not write a job: one, many, or one under its delivery", async () => {
  await refuseJobs();
  await expect(addJobs(test.queue, [job("job_a")])).rejects.toThrow();
  await expect(addJobs(test.queue, [job("job_a"), job("job_b")])).rejects.toThrow();
  // The reason for the check: BullMQ itself reports success.
  await expect(addWithDeliveries(test.queue, flows, [pair("job_a")])).rejects.toThrow("did not write a job");
});

it("a delivery starts when its job fails, and when its job is removed", async () => {
  const isWaiting = async (id: string) => (await test.redis.lpos(bullKeys(keys, webhooksQueueName).wait, id)) !== null;
  await addWithDeliveries(test.queue, flows, [pair("job_a"), pair("job_b")]);
  expect(await deliveries.bull.getJobState("delivery_job_a")).toBe("waiting-children");
  await (await test.claim()).moveToFailed(new Error("no"), "token");
  expect(await isWaiting("delivery_job_a")).toBe(true);
  expect(await isWaiting("delivery_job_b")).toBe(false);
  await test.queue.bull.remove("job_b");
  expect(await isWaiting("delivery_job_b")).toBe(true);
});

it("an added flow whose jobs exist changes nothing", async () => {
  await addWithDeliveries(test.queue, flows, [pair("job_a")]);
  await addWithDeliveries(test.queue, flows, [pair("job_a")]);
  expect(await test.redis.zcard(test.bull.prioritized)).toBe(1);
  await (await test.claim()).moveToCompleted({}, "token", false);
  expect(await deliveries.bull.getJobState("delivery_job_a")).toBe("waiting");
});
