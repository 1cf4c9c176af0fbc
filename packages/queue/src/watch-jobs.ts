import { connectionOptions, type Keys } from "@precis/redis";
import { QueueEvents } from "bullmq";
import type { JobQueue } from "./job-queue.js";
import { summarizeQueueName } from "./queue-name.js";
import type { JobRecord } from "./read-job.js";

/** Tells when jobs end, all waiters sharing one Redis connection. */
export interface JobWatcher {
  /**
   * Resolves with the job once it has ended, or as it stands after `ms` or when `signal` aborts; `undefined` when there
   * is no such job.
   */
  waitForEnd(id: string, ms: number, signal?: AbortSignal): Promise<JobRecord | undefined>;
  close(): Promise<void>;
}

/** A waiter looks for itself this often, in case an event was trimmed while Redis was away. */
const recheckMs = 5_000;

export function openJobWatcher(options: { url: string; keys: Keys; queue: JobQueue }): JobWatcher {
  const events = new QueueEvents(summarizeQueueName, {
    connection: connectionOptions(options.url, "background"),
    prefix: options.keys.prefix,
  });
  events.on("error", () => {});
  const waiters = new Map<string, Set<() => void>>();
  const wake = ({ jobId }: { jobId: string }) => {
    for (const waiter of waiters.get(jobId) ?? []) waiter();
  };
  events.on("completed", wake);
  events.on("failed", wake);
  events.on("removed", wake);

  const nextChange = (id: string, ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        const set = waiters.get(id);
        set?.delete(done);
        if (set?.size === 0) waiters.delete(id);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal?.addEventListener("abort", done, { once: true });
      const set = waiters.get(id);
      if (set) set.add(done);
      else waiters.set(id, new Set([done]));
    });

  return {
    waitForEnd: async (id, ms, signal) => {
      const deadline = Date.now() + ms;
      while (true) {
        // Listening begins before the look, so that an end between the two is not missed.
        const rest = deadline - Date.now();
        const looked = new AbortController();
        const changed = nextChange(id, Math.max(0, Math.min(rest, recheckMs)), looked.signal);
        const stop = () => looked.abort();
        signal?.addEventListener("abort", stop, { once: true });
        try {
          const job = await options.queue.read(id);
          const ended = job === undefined || job.finishedAt !== undefined;
          if (ended || rest <= 0 || signal?.aborted) return job;
          await changed;
        } finally {
          looked.abort();
          signal?.removeEventListener("abort", stop);
        }
      }
    },
    close: () => events.close(),
  };
}
