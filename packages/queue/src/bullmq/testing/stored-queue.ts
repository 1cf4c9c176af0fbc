import type { Redis } from "@precis/redis";
import { bullKeys } from "../keys.js";
import { type QueueName, summarizeQueueName } from "../queue-names.js";

/** Reads and changes what BullMQ stores of one queue, for tests that check Redis itself. */
export function storedQueue(redis: Redis, queue: QueueName = summarizeQueueName, prefix = "precis") {
  const keys = bullKeys({ prefix }, queue);
  const base = `${prefix}:${queue}`;
  return {
    keys,
    /** Keys that also exist when no job does: the description of the queue and its counter. */
    emptyKeys: [`${base}:meta`, keys.added],
    /** All fields of a job. */
    hash: (id: string) => redis.hgetall(keys.job(id)),
    data: async (id: string) => JSON.parse((await redis.hget(keys.job(id), "data")) ?? "null"),
    /** Jobs that wait with a priority, as all summaries do. */
    countWaiting: () => redis.zcard(keys.prioritized),
    countActive: () => redis.llen(keys.active),
    /** Jobs in the states before the end, those that wait for a child included. */
    countUnfinished: async () => {
      const lists = await Promise.all([redis.llen(keys.wait), redis.llen(keys.active)]);
      const sets = await Promise.all(
        [keys.prioritized, keys.delayed, `${base}:waiting-children`].map((set) => redis.zcard(set)),
      );
      return [...lists, ...sets].reduce((sum, count) => sum + count, 0);
    },
    countAdded: async () => Number((await redis.get(keys.added)) ?? 0),
    /** Stores a failure as if a worker had: a reason and a stack trace. */
    setFailure: (id: string, failedReason: string, trace: string) =>
      redis.hset(keys.job(id), { failedReason, stacktrace: JSON.stringify([trace]) }),
    /** Makes a job that has finished look as if it had at another time (Unix ms). */
    setFinishedAt: (id: string, time: number) => redis.hset(keys.job(id), "finishedOn", time),
    /** Events of one type, by the ids of their jobs. */
    readEvents: async (type: "completed" | "failed") => {
      const entries = await redis.xrange(keys.events, "-", "+");
      const events = entries.map(([, fields]) =>
        Object.fromEntries(fields.flatMap((name, at) => (at % 2 === 0 ? [[name, fields[at + 1]]] : []))),
      );
      return events.flatMap(({ event, jobId }) => (event === type && jobId !== undefined ? [jobId] : []));
    },
  };
}
