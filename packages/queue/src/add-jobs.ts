import type { JobData } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";
import type { JobsOptions, Queue } from "bullmq";

/** A job about to be written. */
export interface NewJob {
  id: string;
  data: JobData;
  text: string;
}

/**
 * Every job has a priority: BullMQ serves jobs without one before all others, so nothing could be put before them; and the
 * place in its sorted set costs O(log n) to find, in its list O(n).
 */
const usualPriority = 5;

/**
 * BullMQ applies the age a job was given to all jobs that ended before it, so with ages that differ the shortest would
 * win. Jobs are removed by `sweepJobs`, each at its own time; this is what is left to BullMQ.
 */
const bullKeeps = { age: 32 * 86_400 };

/**
 * Writes texts, index entries and jobs in one round trip; when it resolves all of them are in Redis. Writing a job whose
 * id exists changes nothing.
 *
 * @param fresh whether no job can have one of these ids yet, so that after a failure they may be removed again
 * @throws when any part was not written; then none of the jobs counts as accepted.
 */
export async function addJobs(
  bull: Queue,
  redis: Redis,
  keys: Keys,
  jobs: readonly NewJob[],
  textTtlMs: number,
  fresh: boolean,
): Promise<void> {
  const now = Date.now();
  const pipeline = redis.pipeline();
  for (const { id, data, text } of jobs) {
    pipeline
      .set(keys.text(id), text, "PX", textTtlMs)
      .zadd(keys.jobs, 0, id)
      .zadd(keys.expiries, now + data.resultTtlSeconds * 1_000, id);
    if (data.startBy !== undefined) pipeline.zadd(keys.deadlines, data.startBy, id);
  }
  // Sent one after the other on one connection without waiting in between: the text is there before its job.
  const [stored, added] = await Promise.allSettled([pipeline.exec(), addToBull(bull, jobs)]);
  const fault =
    added.status === "rejected"
      ? (added.reason as Error)
      : stored.status === "rejected"
        ? (stored.reason as Error)
        : stored.value?.find(([error]) => error)?.[0];
  if (fault == null) return;
  if (fresh && added.status === "fulfilled") await Promise.allSettled(jobs.map(({ id }) => bull.remove(id)));
  throw fault;
}

function addToBull(bull: Queue, jobs: readonly NewJob[]): Promise<unknown> {
  const [only] = jobs;
  if (only !== undefined && jobs.length === 1) return bull.add("summarize", only.data, optionsOf(only));
  return bull.addBulk(jobs.map((job) => ({ name: "summarize", data: job.data, opts: optionsOf(job) })));
}

function optionsOf({ id, data }: NewJob): JobsOptions {
  const priority = data.priority ?? usualPriority;
  return { jobId: id, priority, removeOnComplete: bullKeeps, removeOnFail: bullKeeps };
}
