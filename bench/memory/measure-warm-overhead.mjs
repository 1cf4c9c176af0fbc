import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createJobHandler } from "../../apps/worker/dist/supervisor/consume-job.js";
import { createModelSlot } from "../../apps/worker/dist/supervisor/model-slot.js";
import { spawnModelProcess } from "../../apps/worker/dist/supervisor/spawn-model-process.js";
import { noTracing } from "../../packages/observability/dist/tracing.js";
import { consumeJobs, openJobQueue, openJobWatcher } from "../../packages/queue/dist/index.js";
import { connect, findOrStartRedis, redisKeys } from "../../packages/redis/dist/index.js";
import { modelSets } from "../models/paths.mjs";

/**
 * What a warm job pays over the model process's own time, in milliseconds, one job after the other: `taken` from the
 * moment a worker has taken it until its result is stored and whoever waits for it holds it; `submitted` from its
 * submission to the queue. With the product's own parts (queue, supervisor, model process), all but the process in this one.
 */
export async function measureWarmOverhead(setName, { texts, times = 60 }) {
  const home = await mkdtemp(join(tmpdir(), "precis-bench-warm-"));
  const server = await findOrStartRedis({ home, path: process.env.PATH ?? "", onProgress: () => {} });
  const keys = redisKeys("warm");
  const [redis, requests, subscriber] = await Promise.all(
    ["background", "request", "background"].map((role) => connect(server.url, role)),
  );
  const textTtlMs = 3_600_000;
  const queue = openJobQueue({ keys, redis: requests, attempts: 1, textTtlMs, webhookScheduleMs: [1_000] });
  const watcher = openJobWatcher({ url: server.url, keys, queue, redis, subscriber });
  let modelMs = 0;
  const slot = createModelSlot({
    model: "bart",
    limit: 16,
    prepare: async () => {},
    start: () => {
      const settings = {
        modelSet: modelSets[setName].manifest,
        device: "cpu",
        threads: 1,
        maxRows: 16,
        batchBytes: 256e6,
        traces: false,
      };
      const started = spawnModelProcess("bart", { settings, loadTimeoutMs: 120_000, verify: async () => {} });
      const summarize = async (task) => {
        const answer = await started.summarize(task);
        modelMs = answer.modelMs;
        return answer;
      };
      return { ...started, summarize };
    },
    onChange: () => {},
    onCrash: (error) => console.error(error),
  });
  const handle = createJobHandler({ bart: slot }, () => {}, noTracing);
  let taken = 0;
  const consumer = consumeJobs({
    keys,
    redis,
    workerId: "bench",
    concurrency: 8,
    lockMs: 30_000,
    maxStalledCount: 1,
    textTtlMs,
    handle: (job) => {
      taken = performance.now();
      return handle(job);
    },
    onError: (error) => console.error(error),
  });
  const overheads = { taken: [], submitted: [] };
  try {
    await slot.warm();
    for (let time = -10; time < times; time += 1) {
      const text = texts[(time + 10) % texts.length].split(" ").slice(0, 30).join(" ");
      const data = { version: 1, model: "bart", maxLength: 8, minLength: 0, resultTtlSeconds: 3_600, textBytes: 200 };
      const start = performance.now();
      const { id } = await queue.submit(data, text);
      const job = await watcher.waitForEnd(id, 60_000, undefined, true);
      const end = performance.now();
      if (job?.status !== "completed") throw new Error(`the job was not done: ${JSON.stringify(job)}`);
      // The first ones warm the code up.
      if (time < 0) continue;
      overheads.taken.push(end - taken - modelMs);
      overheads.submitted.push(end - start - modelMs);
    }
    return overheads;
  } finally {
    await slot.stop(1_000);
    await consumer.close();
    await watcher.close();
    await queue.close();
    redis.disconnect();
    requests.disconnect();
    await server.stop();
    await rm(home, { recursive: true, force: true });
  }
}
