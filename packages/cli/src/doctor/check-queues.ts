import { readPausedQueues } from "@precis/queue";
import type { Keys, Redis } from "@precis/redis";
import { type Finding, failed, passed } from "./finding.js";

/** Queues that an operator has paused, and perhaps forgotten. */
export async function checkQueues(redis: Redis, keys: Keys): Promise<Finding[]> {
  const paused = await readPausedQueues(redis, keys);
  if (paused.length === 0) return [passed("queues", "not paused")];
  return paused.map((queue) =>
    failed(
      "queues",
      `the ${queue} queue is paused: no worker claims its jobs`,
      "resume it on the queue board, /admin/queues",
    ),
  );
}
