import { type JobData, type JobMessage, PrecisError } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";
import type { Queue } from "bullmq";
import { summarizeQueueName } from "../bullmq/queue-names.js";
import type { JobRecord } from "./read-job.js";

/** The clocks of this machine and of Redis, whose events carry its own time, may differ by this much. */
const clockSkewMs = 60_000;
const pageSize = 1_000;

/** Removes a job that does not run, and everything in Redis that tells of it. */
export async function removeJob(bull: Queue, redis: Redis, keys: Keys, job: JobRecord): Promise<void> {
  const { id } = job;
  if ((await bull.remove(id)) !== 1 && (await redis.exists(`${keys.prefix}:${summarizeQueueName}:${id}`)) === 1) {
    throw new PrecisError("job_running", `the job ${id} has been started again meanwhile; cancel it first`);
  }
  await forgetJob(redis, keys, id, job.data);
  const removed: JobMessage = { type: "removed" };
  await redis.publish(keys.jobChannel(id), JSON.stringify(removed));
  await removeEvents(redis, `${keys.prefix}:${summarizeQueueName}:events`, job);
}

/** Removes what lies in our own keys about a job that BullMQ does not know any more. */
export async function forgetJob(redis: Redis, keys: Keys, id: string, data: JobData | undefined): Promise<void> {
  const pipeline = redis.pipeline().del(keys.text(id), keys.result(id), keys.cancelled(id));
  for (const set of [keys.jobs, keys.expiries, keys.deadlines]) pipeline.zrem(set, id);
  if (data?.idempotency !== undefined) pipeline.del(keys.idempotency(data.idempotency));
  if (data?.batch !== undefined) pipeline.hdel(keys.batch(data.batch.id), String(data.batch.index));
  for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
}

/** BullMQ's stream of recent events holds the ids and the failures of jobs. */
async function removeEvents(redis: Redis, stream: string, { id, createdAt }: JobRecord): Promise<void> {
  let from = `${Math.max(0, createdAt - clockSkewMs)}`;
  while (true) {
    const page = await redis.xrange(stream, from, "+", "COUNT", pageSize);
    const own = page.filter(([, fields]) => fields.includes(id)).map(([entry]) => entry);
    if (own.length > 0) await redis.xdel(stream, ...own);
    const last = page.at(-1)?.[0];
    if (last === undefined || page.length < pageSize) return;
    from = `(${last}`;
  }
}
