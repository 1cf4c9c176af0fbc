import type { Keys, Redis } from "@precis/redis";
import { bullKeys } from "./keys.js";
import { type QueueName, summarizeQueueName, webhooksQueueName } from "./queue-names.js";

/** The queues that an operator has paused on the queue board: their jobs are accepted, and no worker claims them. */
export async function readPausedQueues(redis: Redis, keys: Keys): Promise<QueueName[]> {
  const queues = [summarizeQueueName, webhooksQueueName] as const;
  const paused = await Promise.all(queues.map((queue) => redis.hexists(bullKeys(keys, queue).meta, "paused")));
  return queues.filter((_, index) => paused[index] === 1);
}
