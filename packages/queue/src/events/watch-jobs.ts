import { type JobProgress, jobMessageSchema, jobProgressSchema } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";
import type { QueueEvents } from "bullmq";
import { createEventReader } from "../bullmq/read-events.js";
import type { JobQueue } from "../jobs/job-queue.js";
import type { JobRecord } from "../jobs/read-job.js";

/** Something that happened to a job that is being listened to. */
export type JobSignal =
  | { type: "started" }
  | { type: "progress"; progress: JobProgress }
  /** The summary as far as it is written. */
  | { type: "partial"; text: string }
  /** It went back to waiting, for another attempt or another worker. */
  | { type: "queued" }
  /** It completed, failed, was cancelled or removed. */
  | { type: "ended" };

/**
 * Tells what happens to jobs. However many listen, there are two Redis connections: one reads BullMQ's events while
 * anybody listens, one is subscribed to the channels of the jobs that are followed.
 */
export interface JobWatcher {
  /**
   * Resolves with the job once it has ended, or as it stands after `ms`, when `signal` aborts or when this process stops;
   * `undefined` when there is no such job.
   *
   * @param fresh whether the job was added just now: then there is nothing to see yet, and the first look is left out
   * unless it has ended meanwhile
   */
  waitForEnd(id: string, ms: number, signal?: AbortSignal, fresh?: boolean): Promise<JobRecord | undefined>;
  /**
   * Calls `listener` at every change of a job, partial texts included, until the function returned is called. A listener
   * should also look for itself from time to time: events may be trimmed while Redis is away.
   */
  follow(id: string, listener: (signal: JobSignal) => void): () => void;
  close(): Promise<void>;
}

/** Ends remembered, for those who begin to wait just after: thousands of jobs would have to end between the two. */
const rememberedEnds = 5_000;

/** An accepted job is waited for at once; events that have been read for so long were read when it was added. */
const freshMs = 10_000;

export interface WatcherOptions {
  keys: Keys;
  queue: JobQueue;
  /** The connection `queue` uses. */
  redis: Redis;
  /** How long events are read when nobody listens any more; 30 s by default. */
  lingerMs?: number;
  /** A waiter looks for itself this often, in case an event was trimmed while Redis was away; 5 s by default. */
  recheckMs?: number;
  /** A connection for nothing else: it will be subscribed to channels. */
  subscriber: Redis;
  /** Aborts when this process stops: whoever waits then gets the job as it stands. */
  stopping?: AbortSignal;
}

export function openJobWatcher({
  queue,
  subscriber,
  stopping,
  recheckMs = 5_000,
  ...options
}: WatcherOptions): JobWatcher {
  const { keys } = options;
  const listeners = new Map<string, Set<(signal: JobSignal) => void>>();
  const tell = (jobId: string, signal: JobSignal) => {
    for (const listener of listeners.get(jobId) ?? []) listener(signal);
  };
  const ends = new Set<string>();
  const rememberEnd = (jobId: string) => {
    ends.add(jobId);
    if (ends.size > rememberedEnds) ends.delete(ends.values().next().value as string);
  };
  const listenTo = (events: QueueEvents) => {
    for (const end of ["completed", "failed", "removed"] as const) {
      events.on(end, ({ jobId }: { jobId: string }) => {
        // Who listened has been told.
        if (!listeners.has(jobId)) rememberEnd(jobId);
        tell(jobId, { type: "ended" });
      });
    }
    for (const back of ["waiting", "delayed"] as const) {
      events.on(back, ({ jobId }: { jobId: string }) => tell(jobId, { type: "queued" }));
    }
    events.on("active", ({ jobId }) => tell(jobId, { type: "started" }));
    events.on("progress", ({ jobId, data }) => {
      if (!listeners.has(jobId)) return;
      const parsed = jobProgressSchema.safeParse(data);
      if (parsed.success) tell(jobId, { type: "progress", progress: parsed.data });
    });
  };
  const reader = createEventReader({ ...options, onOpen: listenTo, onClose: () => ends.clear() });

  const listen = (id: string, listener: (signal: JobSignal) => void) => {
    const set = listeners.get(id) ?? new Set();
    listeners.set(id, set.add(listener));
    const release = reader.want();
    return () => {
      release();
      set.delete(listener);
      if (set.size === 0 && listeners.get(id) === set) listeners.delete(id);
    };
  };

  const followers = new Map<string, number>();
  const channelStart = keys.jobChannel("");
  subscriber.on("message", (channel, message) => {
    if (!channel.startsWith(channelStart)) return;
    const parsed = jobMessageSchema.safeParse(JSON.parse(message));
    if (!parsed.success) return;
    const id = channel.slice(channelStart.length);
    tell(id, parsed.data.type === "removed" ? { type: "ended" } : parsed.data);
  });

  return {
    waitForEnd: async (id, ms, signal, fresh = false) => {
      const deadline = Date.now() + ms;
      let nothingToSee = fresh && reader.readingFor() > freshMs && !ends.has(id);
      while (true) {
        // Listening begins before the look, so that an end between the two is not missed.
        const rest = deadline - Date.now();
        const changed = new AbortController();
        const stop = listen(id, ({ type }) => type === "ended" && changed.abort());
        try {
          if (nothingToSee) {
            nothingToSee = false;
            await untilAborted([changed.signal, signal, stopping], Math.min(rest, recheckMs));
            continue;
          }
          const job = await queue.read(id);
          const ended = job === undefined || job.finishedAt !== undefined;
          if (ended || rest <= 0 || signal?.aborted || stopping?.aborted) return job;
          await untilAborted([changed.signal, signal, stopping], Math.min(rest, recheckMs));
        } finally {
          stop();
        }
      }
    },
    follow: (id, listener) => {
      const stop = listen(id, listener);
      const before = followers.get(id) ?? 0;
      followers.set(id, before + 1);
      // Not waited for: the worker looks again at every progress, and Redis may be away.
      if (before === 0) subscriber.subscribe(keys.jobChannel(id)).catch(() => {});
      let following = true;
      return () => {
        if (!following) return;
        following = false;
        stop();
        const rest = (followers.get(id) ?? 1) - 1;
        if (rest > 0) followers.set(id, rest);
        else {
          followers.delete(id);
          subscriber.unsubscribe(keys.jobChannel(id)).catch(() => {});
        }
      };
    },
    close: async () => {
      subscriber.disconnect();
      await reader.close();
    },
  };
}

/** Resolves when one of the signals aborts or `ms` are over. */
function untilAborted(signals: readonly (AbortSignal | undefined)[], ms: number): Promise<void> {
  return new Promise((resolve) => {
    // Listeners are removed again: some of the signals live as long as the process.
    const done = () => {
      clearTimeout(timer);
      for (const signal of signals) signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    for (const signal of signals) signal?.addEventListener("abort", done, { once: true });
    if (signals.some((signal) => signal?.aborted)) done();
  });
}
