import type { Keys, Redis } from "@precis/redis";
import { Queue } from "bullmq";
import { summarizeQueueName } from "../bullmq/queue-names.js";

/** Sets how many jobs all workers together may hold at a time; `undefined` takes the limit away. The last call counts. */
export async function limitFleet(redis: Redis, keys: Keys, most: number | undefined): Promise<void> {
  const queue = new Queue(summarizeQueueName, { connection: redis, prefix: keys.prefix });
  queue.on("error", () => {});
  await (most === undefined ? queue.removeGlobalConcurrency() : queue.setGlobalConcurrency(most));
  await queue.close();
}

/** Most jobs all workers together may hold at a time; `undefined` when nothing limits them. */
export async function readFleetLimit(queue: Queue): Promise<number | undefined> {
  return (await queue.getGlobalConcurrency()) ?? undefined;
}
