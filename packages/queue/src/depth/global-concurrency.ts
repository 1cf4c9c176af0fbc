import type { Keys, Redis } from "@precis/redis";
import { type OpenQueue, openQueue } from "../bullmq/open-queue.js";
import { summarizeQueueName } from "../bullmq/queue-names.js";

/** Sets how many jobs all workers together may hold at a time; `undefined` removes the limit. The last call wins. */
export async function setGlobalConcurrency(redis: Redis, keys: Keys, max: number | undefined): Promise<void> {
  const { bull } = openQueue(summarizeQueueName, { redis, keys });
  await (max === undefined ? bull.removeGlobalConcurrency() : bull.setGlobalConcurrency(max));
  await bull.close();
}

/** How many jobs all workers together may hold at a time; `undefined` when there is no limit. */
export async function readGlobalConcurrency({ bull }: OpenQueue): Promise<number | undefined> {
  return (await bull.getGlobalConcurrency()) ?? undefined;
}
