import type { OpenQueue } from "./open-queue.js";
import { scoresOf } from "./priority-score.js";

/** The states of a job in a queue, as BullMQ names them. */
export const queueStates = [
  "waiting",
  "prioritized",
  "delayed",
  "active",
  "waiting-children",
  "completed",
  "failed",
] as const;
export type QueueState = (typeof queueStates)[number];

export async function countByState({ bull }: OpenQueue): Promise<Record<QueueState, number>> {
  const counts = await bull.getJobCounts(...queueStates);
  return Object.fromEntries(queueStates.map((state) => [state, counts[state] ?? 0])) as Record<QueueState, number>;
}

/** Jobs that have not ended, those that workers hold included. */
export async function countUnfinished({ bull }: OpenQueue): Promise<number> {
  const counts = await bull.getJobCounts("wait", "prioritized", "delayed", "waiting-children", "active");
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Jobs ever added, by all processes. */
export async function countAdded({ redis, keys }: OpenQueue): Promise<number> {
  return Number((await redis.get(keys.added)) ?? 0);
}

const priorities = Array.from({ length: 10 }, (_, index) => index + 1);

/**
 * When the oldest waiting job was added (Unix ms). Within a priority jobs wait in the order they came, so the first of each is
 * read; a job of low priority may be older than all that are before it.
 */
export async function oldestWaitingSince({ redis, keys }: OpenQueue): Promise<number | undefined> {
  const pipeline = redis.pipeline().lrange(keys.wait, -1, -1);
  for (const priority of priorities) {
    pipeline.zrangebyscore(keys.prioritized, ...scoresOf(priority), "LIMIT", 0, 1);
  }
  const heads = ((await pipeline.exec()) ?? []).flatMap(([error, ids]) => {
    if (error) throw error;
    return ids as string[];
  });
  const times = await Promise.all(heads.map((id) => redis.hget(keys.job(id), "timestamp")));
  const known = times.flatMap((time) => (time === null ? [] : [Number(time)]));
  return known.length === 0 ? undefined : Math.min(...known);
}
