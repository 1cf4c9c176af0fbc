import type { Keys, Redis } from "@precis/redis";
import { minJobId } from "./job-id.js";
import { type JobRecord, readJobs } from "./read-job.js";

export interface ListQuery {
  /** Only jobs created at this Unix time (ms) or later. */
  createdAfter?: number;
  /** Where the previous page ended. */
  cursor?: string;
  limit: number;
  matches(job: JobRecord): boolean;
}

export interface JobPage {
  jobs: JobRecord[];
  /** Where the next page begins; absent on the last one. */
  cursor?: string;
}

const jobsPerRead = 200;
/** A page with too few matches among this many jobs is returned as it is, with a cursor. */
const maxJobsRead = 2_000;

/** Jobs from the newest to the oldest. Pages are stable while jobs are added: each begins where the previous one ended. */
export async function listJobs(redis: Redis, keys: Keys, query: ListQuery): Promise<JobPage> {
  const min = query.createdAfter === undefined ? "-" : `[${minJobId(query.createdAfter)}`;
  const jobs: JobRecord[] = [];
  let cursor = query.cursor;
  for (let read = 0; read < maxJobsRead; read += jobsPerRead) {
    const max = cursor === undefined ? "+" : `(${cursor}`;
    const ids = await redis.zrevrangebylex(keys.jobs, max, min, "LIMIT", 0, jobsPerRead);
    const records = await readJobs(redis, keys, ids);
    for (const [index, id] of ids.entries()) {
      cursor = id;
      const job = records[index];
      if (job === undefined || !query.matches(job)) continue;
      jobs.push(job);
      if (jobs.length === query.limit) {
        const isLast = index === ids.length - 1 && ids.length < jobsPerRead;
        return isLast ? { jobs } : { jobs, cursor };
      }
    }
    if (ids.length < jobsPerRead) return { jobs };
  }
  return cursor === undefined ? { jobs } : { jobs, cursor };
}
