import { jobDataSchema } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";
import type { Queue } from "bullmq";
import { endWaiting } from "../bullmq/fail-waiting.js";
import { summarizeQueueName } from "../bullmq/queue-names.js";
import { forgetJob } from "./delete-job-data.js";
import { deadlineExceeded } from "./failure.js";

const batchSize = 500;
/** A job that has not ended when its expiry is looked at is looked at again after its time to live, but not sooner. */
const leastMs = 5_000;

/**
 * One round of what no worker does: fails waiting jobs whose deadline has passed, and removes jobs whose time to live is
 * over, each at its own time. Several processes may do this at a time.
 *
 * @returns whether a full batch was found, so that there is likely more to do at once
 */
export async function sweepJobs(bull: Queue, redis: Redis, keys: Keys, now = Date.now()): Promise<boolean> {
  const late = await redis.zrangebyscore(keys.deadlines, "-inf", now, "WITHSCORES", "LIMIT", 0, batchSize);
  for (let index = 0; index < late.length; index += 2) {
    const id = late[index] as string;
    // One that runs has started in time; should it be put back, its next worker looks at the deadline.
    await endWaiting(bull, redis, keys, id, deadlineExceeded(Number(late[index + 1])), 0);
    await redis.zrem(keys.deadlines, id);
  }

  const due = await redis.zrangebyscore(keys.expiries, "-inf", now, "LIMIT", 0, batchSize);
  if (due.length === 0) return false;
  const reading = redis.pipeline();
  for (const id of due) reading.hmget(`${keys.prefix}:${summarizeQueueName}:${id}`, "data", "finishedOn");
  const replies = (await reading.exec()) ?? [];
  const later = redis.pipeline();
  const over: Promise<unknown>[] = [];
  for (const [index, id] of due.entries()) {
    const [error, value] = replies[index] ?? [new Error("no reply")];
    if (error) throw error;
    const [raw, finishedOn] = value as [string | null, string | null];
    const data = raw === null ? undefined : jobDataSchema.safeParse(JSON.parse(raw)).data;
    const ttlMs = Math.max(leastMs, (data?.resultTtlSeconds ?? 0) * 1_000);
    const expiry = finishedOn === null ? now + ttlMs : Number(finishedOn) + (data?.resultTtlSeconds ?? 0) * 1_000;
    if (raw !== null && expiry > now) later.zadd(keys.expiries, "XX", expiry, id);
    else over.push(bull.remove(id).then(() => forgetJob(redis, keys, id, data)));
  }
  if (later.length > 0) await later.exec();
  await Promise.all(over);
  return due.length === batchSize;
}
