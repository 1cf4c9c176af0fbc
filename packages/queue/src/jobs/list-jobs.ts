import type { Keys, Redis } from "@precis/redis";
import { leastJobId } from "./job-id.js";
import { type JobRecord, readJobs } from "./read-job.js";

export interface ListQuery {
  /** Only jobs made at this Unix time (ms) or later. */
  createdAfter?: number;
  /** Where the page before ended. */
  cursor?: string;
  limit: number;
  matches(job: JobRecord): boolean;
}

export interface JobPage {
  jobs: JobRecord[];
  /** Where the next page begins; absent after the last one. */
  cursor?: string;
}

const readAtOnce = 200;
/** A page that finds too little in so many jobs is given as it is, with a cursor to go on from. */
const readAtMost = 2_000;

/** Jobs from the newest to the oldest. Pages hold still while jobs are added: each begins where the one before ended. */
export async function listJobs(redis: Redis, keys: Keys, query: ListQuery): Promise<JobPage> {
  const least = query.createdAfter === undefined ? "-" : `[${leastJobId(query.createdAfter)}`;
  const jobs: JobRecord[] = [];
  let cursor = query.cursor;
  for (let read = 0; read < readAtMost; read += readAtOnce) {
    const most = cursor === undefined ? "+" : `(${cursor}`;
    const ids = await redis.zrevrangebylex(keys.jobs, most, least, "LIMIT", 0, readAtOnce);
    const records = await readJobs(redis, keys, ids);
    for (const [index, id] of ids.entries()) {
      cursor = id;
      const job = records[index];
      if (job === undefined || !query.matches(job)) continue;
      jobs.push(job);
      if (jobs.length === query.limit) {
        const isLast = index === ids.length - 1 && ids.length < readAtOnce;
        return isLast ? { jobs } : { jobs, cursor };
      }
    }
    if (ids.length < readAtOnce) return { jobs };
  }
  return cursor === undefined ? { jobs } : { jobs, cursor };
}
