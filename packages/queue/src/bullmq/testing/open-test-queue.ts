import { type Redis, redisKeys } from "@precis/redis";
import { startTestRedis } from "@precis/redis/testing";
import { type Job, Worker } from "bullmq";
import { type BullKeys, bullKeys } from "../keys.js";
import { type OpenQueue, openQueue } from "../open-queue.js";
import { summarizeQueueName } from "../queue-names.js";

export const keys = redisKeys("precis");

export interface TestQueue {
  queue: OpenQueue;
  redis: Redis;
  bull: BullKeys;
  /** Adds a job by BullMQ alone. */
  add(id: string, options?: object): Promise<void>;
  /** Claims the next job by BullMQ alone, as a worker that then does nothing. */
  claim(): Promise<Job>;
  stop(): Promise<void>;
}

/** The summarize queue on a Redis of its own, for contract tests against the installed BullMQ. */
export async function openTestQueue(): Promise<TestQueue> {
  const server = await startTestRedis("background");
  const { redis } = server;
  const queue = openQueue(summarizeQueueName, { keys, redis });
  const worker = new Worker(summarizeQueueName, null, { connection: redis, prefix: keys.prefix });
  return {
    queue,
    redis,
    bull: bullKeys(keys, summarizeQueueName),
    add: async (id, options = {}) =>
      void (await queue.bull.add("test", { n: 1 }, { priority: 5, ...options, jobId: id })),
    claim: async () => {
      const job = await worker.getNextJob("token", { block: false });
      if (job === undefined) throw new Error("there is no job to claim");
      return job;
    },
    stop: async () => {
      await worker.close();
      await queue.bull.close();
      await server.stop();
    },
  };
}
