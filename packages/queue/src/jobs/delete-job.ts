import { type JobData, type JobMessage, PrecisError } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";
import type { OpenQueue } from "../bullmq/open-queue.js";
import { removeEvents, removeJob } from "../bullmq/remove-job.js";
import type { JobRecord } from "./read-job.js";

/**
 * Deletes a job that does not run, and all its data in Redis.
 *
 * @throws {PrecisError} `job_running` when a worker has claimed it in the meantime
 */
export async function deleteJob(queue: OpenQueue, keys: Keys, job: JobRecord): Promise<void> {
  const { id } = job;
  if (!(await removeJob(queue, id))) {
    throw new PrecisError("job_running", `Job ${id} has been started again in the meantime; cancel it first`);
  }
  await deleteJobData(queue.redis, keys, id, job.data);
  const removed: JobMessage = { type: "removed" };
  await queue.redis.publish(keys.jobChannel(id), JSON.stringify(removed));
  await removeEvents(queue, id, job.createdAt);
}

/** Deletes what is in our own keys about a job. */
export async function deleteJobData(redis: Redis, keys: Keys, id: string, data: JobData | undefined): Promise<void> {
  const pipeline = redis.pipeline().del(keys.text(id), keys.result(id), keys.cancelled(id));
  for (const index of [keys.jobs, keys.expiries, keys.deadlines]) pipeline.zrem(index, id);
  if (data?.idempotency !== undefined) pipeline.del(keys.idempotency(data.idempotency));
  if (data?.batch !== undefined) pipeline.hdel(keys.batch(data.batch.id), String(data.batch.index));
  for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
}
