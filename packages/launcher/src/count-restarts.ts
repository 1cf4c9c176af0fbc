import type { counters } from "@precis/contracts";
import { countTotals } from "@precis/control";
import { connect, databaseOf, redisKeys } from "@precis/redis";

/** What can be restarted, as the label of its counter. */
export type Part = (typeof counters)["process_restarts"]["labels"]["part"][number];

export interface RestartCounter {
  count(part: Part): void;
  /** Writes what is still missing, if Redis answers. */
  stop(): Promise<void>;
}

/** How long a count waits for a Redis that is away before it is tried again. */
const retryMs = 1_000;

/** Adds restarts to the fleet's totals in Redis, as soon as Redis takes them: it may be what was restarted. */
export function countRestarts(url: string, prefix: string): RestartCounter {
  const pending = new Map<Part, number>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;

  const write = async () => {
    if (pending.size === 0) return;
    // Restarts are rare: a connection that is open all the time would be one more to keep alive.
    const redis = await connect(url, "request");
    try {
      const totals = countTotals(redis, redisKeys(prefix, databaseOf(url)));
      const counts = [...pending];
      for (const [part, count] of counts) totals.count("process_restarts", [part], count);
      await totals.flush();
      for (const [part, count] of counts) {
        const left = (pending.get(part) ?? 0) - count;
        if (left > 0) pending.set(part, left);
        else pending.delete(part);
      }
    } finally {
      redis.disconnect();
    }
  };
  const schedule = (afterMs: number) => {
    timer ??= setTimeout(() => {
      writing = write()
        .catch(() => {})
        .finally(() => {
          timer = undefined;
          if (pending.size > 0) schedule(retryMs);
        });
    }, afterMs);
  };

  return {
    count: (part) => {
      pending.set(part, (pending.get(part) ?? 0) + 1);
      schedule(0);
    },
    stop: async () => {
      clearTimeout(timer);
      await writing;
      clearTimeout(timer);
      await write().catch(() => {});
    },
  };
}
