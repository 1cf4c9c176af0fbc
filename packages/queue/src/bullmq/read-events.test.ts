import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type BullEvent, createEventReader } from "./read-events.js";
import { keys, openTestQueue, type TestQueue } from "./testing/open-test-queue.js";

let test: TestQueue;
beforeAll(async () => {
  test = await openTestQueue();
});
afterAll(() => test.stop());

it("every change of a job is an event, from the moment of the subscription on", async () => {
  await test.add("job_early");
  await test.queue.bull.remove("job_early");
  const seen: (BullEvent & { jobId: string })[] = [];
  const reader = createEventReader({
    ...{ keys, redis: test.redis, onClose: () => {} },
    onEvent: (jobId, event) => seen.push({ jobId, ...event }),
  });
  const stop = reader.subscribe();
  // Adding comes after the subscription on the same connection.
  await test.add("job_a", { attempts: 2, backoff: { type: "fixed", delay: 60_000 } });
  const job = await test.claim();
  await job.updateProgress({ tokens: 3 });
  await job.moveToFailed(new Error("again"), "token");
  await (await test.queue.bull.getJob("job_a"))?.promote();
  await (await test.claim()).moveToFailed(new Error("last"), "token");
  await test.queue.bull.remove("job_a");
  await test.add("job_b");
  await (await test.claim()).moveToCompleted({}, "token", false);
  await vi.waitFor(() => expect(seen.at(-1)).toEqual({ jobId: "job_b", type: "ended" }), { timeout: 10_000 });
  const ofA = seen.filter(({ jobId }) => jobId === "job_a");
  expect(ofA.map(({ type }) => type)).toEqual([
    ...["queued", "started", "progress", "queued", "queued", "started", "ended", "ended"],
  ]);
  expect(ofA[2]).toMatchObject({ progress: { tokens: 3 } });
  expect(seen.some(({ jobId }) => jobId === "job_early")).toBe(false);
  stop();
  await reader.close();
});
