import { jobDataSchema } from "@precis/contracts";
import type { Keys } from "@precis/redis";
import { readStoredJobs, type StoredJob } from "../bullmq/job-hash.js";
import type { OpenQueue } from "../bullmq/open-queue.js";
import { failWaitingJob } from "./cancel-job.js";
import { deleteJobData } from "./delete-job.js";
import { deadlineExceeded } from "./failure.js";
import { maxAddDelayMs } from "./store-text.js";

const maxJobsPerSweep = 500;
/** A job that has not ended when its expiry is checked is checked again after its TTL, but not sooner than this. */
const minRecheckMs = 5_000;

/**
 * Does once what no worker does: fails waiting jobs whose deadline has passed, and removes jobs whose TTL is over, each at
 * its own time. Several processes may do this at the same time.
 *
 * @returns whether there is likely more to do
 */
export async function sweepJobs(queue: OpenQueue, keys: Keys, now = Date.now()): Promise<boolean> {
  await failLate(queue, keys, now);
  const due = await queue.redis.zrangebyscore(keys.expiries, "-inf", now, "LIMIT", 0, maxJobsPerSweep);
  if (due.length === 0) return false;
  await removeExpired(queue, keys, due, now);
  return due.length === maxJobsPerSweep;
}

async function failLate(queue: OpenQueue, keys: Keys, now: number): Promise<void> {
  const { redis } = queue;
  const late = await redis.zrangebyscore(keys.deadlines, "-inf", now, "WITHSCORES", "LIMIT", 0, maxJobsPerSweep);
  for (let index = 0; index < late.length; index += 2) {
    const id = late[index] as string;
    const deadline = Number(late[index + 1]);
    // A running job has started in time; if it is requeued, its next worker checks the deadline.
    const outcome = await failWaitingJob(queue, keys, id, deadlineExceeded(deadline), 0);
    // The entry is written before its job.
    if (outcome === "missing" && now - deadline < maxAddDelayMs) continue;
    await redis.zrem(keys.deadlines, id);
  }
}

async function removeExpired(queue: OpenQueue, keys: Keys, ids: readonly string[], now: number): Promise<void> {
  const { bull, redis } = queue;
  const jobs = await readStoredJobs(redis, keys, ids);
  const rechecks = redis.pipeline();
  const removals: Promise<unknown>[] = [];
  for (const [index, id] of ids.entries()) {
    const job = jobs[index];
    const data = job && jobDataSchema.safeParse(JSON.parse(job.data)).data;
    const expiry = job && expiryOf(job, (data?.resultTtlSeconds ?? 0) * 1_000, now);
    if (expiry !== undefined && expiry > now) rechecks.zadd(keys.expiries, "XX", expiry, id);
    // A job that does not exist was never written, and its text goes too.
    else removals.push(bull.remove(id).then(() => deleteJobData(redis, keys, id, data)));
  }
  if (rechecks.length > 0) await rechecks.exec();
  await Promise.all(removals);
}

function expiryOf({ finishedAt }: StoredJob, ttlMs: number, now: number): number {
  return finishedAt === undefined ? now + Math.max(minRecheckMs, ttlMs) : finishedAt + ttlMs;
}
