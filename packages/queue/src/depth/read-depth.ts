import type { Redis } from "@precis/redis";
import type { Queue } from "bullmq";

/** The states a job in a queue can be in, as BullMQ names them. */
export const queueStates = [
  "waiting",
  "prioritized",
  "delayed",
  "active",
  "waiting-children",
  "completed",
  "failed",
] as const;

/** How full a queue is. */
export interface QueueDepth {
  queue: string;
  counts: Record<(typeof queueStates)[number], number>;
  /** Age of the job that has waited longest, in milliseconds; 0 when none waits. */
  oldestWaitingMs: number;
  paused: boolean;
}

/** Counts a queue's jobs and looks how long the oldest of them has been waiting. */
export async function readDepth(redis: Redis, queue: Queue): Promise<QueueDepth> {
  const [counts, since, paused] = await Promise.all([
    queue.getJobCounts(...queueStates),
    oldestWaiting(redis, queue),
    queue.isPaused(),
  ]);
  return {
    queue: queue.name,
    counts: Object.fromEntries(queueStates.map((state) => [state, counts[state] ?? 0])) as QueueDepth["counts"],
    oldestWaitingMs: since === undefined ? 0 : Math.max(0, Date.now() - since),
    paused,
  };
}

const priorities = Array.from({ length: 10 }, (_, index) => index + 1);

/** BullMQ 6.7 orders its sorted set by priority × 2³² + a running number. */
const priorityScale = 2 ** 32;

/**
 * When the oldest waiting job came (Unix ms). Within a priority jobs wait in the order they came, so the first of each is
 * enough to look at; a job of low priority may be older than all that go before it.
 */
async function oldestWaiting(redis: Redis, queue: Queue): Promise<number | undefined> {
  const pipeline = redis.pipeline().lrange(queue.toKey("wait"), -1, -1);
  for (const priority of priorities) {
    const [from, to] = [priority * priorityScale, `(${(priority + 1) * priorityScale}`];
    pipeline.zrangebyscore(queue.toKey("prioritized"), from, to, "LIMIT", 0, 1);
  }
  const heads = ((await pipeline.exec()) ?? []).flatMap(([error, ids]) => {
    if (error) throw error;
    return ids as string[];
  });
  const times = await Promise.all(heads.map((id) => redis.hget(queue.toKey(id), "timestamp")));
  const known = times.flatMap((time) => (time === null ? [] : [Number(time)]));
  return known.length === 0 ? undefined : Math.min(...known);
}
