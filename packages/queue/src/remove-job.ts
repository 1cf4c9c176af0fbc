import { type JobMessage, PrecisError } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";
import type { Queue } from "bullmq";
import { summarizeQueueName } from "./queue-name.js";
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
  const pipeline = redis.pipeline().del(keys.text(id), keys.result(id), keys.cancelled(id));
  const removed: JobMessage = { type: "removed" };
  pipeline.publish(keys.jobChannel(id), JSON.stringify(removed));
  for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
  await removeEvents(redis, `${keys.prefix}:${summarizeQueueName}:events`, job);
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
