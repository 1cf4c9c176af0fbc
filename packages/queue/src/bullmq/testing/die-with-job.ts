import { setTimeout as sleep } from "node:timers/promises";
import type { Keys, Redis } from "@precis/redis";
import { Worker } from "bullmq";
import { bullKeys } from "../keys.js";
import { summarizeQueueName } from "../queue-names.js";
import { type RunMode, startMark, writeStartLua } from "../start-mark.js";

/** A worker claims the job that waits, starts it or not, and dies. */
export async function dieWithJob(redis: Redis, keys: Keys, start?: RunMode): Promise<void> {
  const bull = bullKeys(keys, summarizeQueueName);
  const worker = new Worker(summarizeQueueName, null, { connection: redis, prefix: keys.prefix });
  const job = await worker.getNextJob("token", { block: false });
  if (job?.id === undefined) throw new Error("there is no job to claim");
  if (start !== undefined) {
    await redis.eval(writeStartLua("KEYS[1]", "ARGV[1]"), 1, bull.job(job.id), startMark(job, start));
  }
  await redis.del(bull.lock(job.id));
  await worker.close();
}

/** The stalled check of any worker puts the job back to waiting. */
export async function findStalled(redis: Redis, keys: Keys, id: string): Promise<void> {
  const worker = new Worker(summarizeQueueName, async () => {}, {
    ...{ connection: redis, prefix: keys.prefix, autorun: false, stalledInterval: 20, maxStalledCount: 99 },
  });
  await worker.startStalledCheckTimer();
  const { wait } = bullKeys(keys, summarizeQueueName);
  while ((await redis.lpos(wait, id)) !== 0) await sleep(10);
  await worker.close();
}
