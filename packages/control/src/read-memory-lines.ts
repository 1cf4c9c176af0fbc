import type { Keys, Redis } from "@precis/redis";
import { decodeSamples } from "./stored-sample.js";

/** RSS of each worker with its models at some times; bytes, null where a worker was not heard from. */
export interface MemoryLines {
  times: number[];
  workers: Record<string, (number | null)[]>;
}

/**
 * Every live worker writes at least once in this time, and at most twice, so a look reads no more than two entries of each;
 * a longer one would count both sides of a restart.
 */
const windowMs = 3_000;

/**
 * Looks into the history at the given times (Unix ms, rising), instead of reading all of it: an hour of a hundred workers
 * is 180,000 samples.
 */
export async function readMemoryLines(redis: Redis, keys: Keys, times: number[]): Promise<MemoryLines> {
  const workers: MemoryLines["workers"] = {};
  // In slices, so that neither Redis nor this process is held up by one large answer.
  for (let from = 0; from < times.length; from += 10) {
    const slice = times.slice(from, from + 10);
    const pipeline = redis.pipeline();
    // All of it: the number of workers alive now says nothing about how many there were then.
    for (const time of slice) pipeline.xrange(keys.history, time, time + windowMs);
    for (const [offset, [error, entries]] of ((await pipeline.exec()) ?? []).entries()) {
      if (error) throw error;
      for (const { worker, rss } of decodeSamples(entries as [string, string[]][])) {
        workers[worker] ??= times.map(() => null);
        workers[worker][from + offset] = rss;
      }
    }
  }
  return { times, workers };
}
