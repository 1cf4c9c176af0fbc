import { type JobProgress, jobMessageSchema, jobProgressSchema } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";
import { type BullEvent, createEventReader } from "../bullmq/read-events.js";
import type { JobQueue } from "../jobs/job-queue.js";
import type { JobRecord } from "../jobs/read-job.js";
import { untilAborted } from "./until-aborted.js";

/** Something that happened to a job. */
export type JobSignal =
  | { type: "started" }
  | { type: "progress"; progress: JobProgress }
  /** The summary so far. */
  | { type: "partial"; text: string }
  /** It went back to waiting, for another attempt or another worker. */
  | { type: "queued" }
  /** It completed, failed, was cancelled or removed. */
  | { type: "ended" };

type Listener = (signal: JobSignal) => void;

/**
 * Watches jobs. For any number of listeners there are two Redis connections: one reads BullMQ's events while there is a
 * listener, one is subscribed to the channels of the jobs that have followers.
 */
export interface JobWatcher {
  /**
   * Resolves with the job once it has ended, or as it is after `ms`, when `signal` aborts or when this process stops;
   * `undefined` when there is no such job.
   *
   * @param isNew whether the job was added just now: then it need not be read first, unless it has ended in the meantime
   */
  waitForEnd(id: string, ms: number, signal?: AbortSignal, isNew?: boolean): Promise<JobRecord | undefined>;
  /**
   * Calls `listener` at every change of a job, partial texts included, until the returned function is called. A listener
   * should also read the job from time to time: events may be trimmed while Redis is away.
   */
  follow(id: string, listener: Listener): () => void;
  close(): Promise<void>;
}

/** Ids of jobs that ended recently, so that a waiter that registers just after the event still sees it. */
const maxRecentEnds = 5_000;

/** Waiting for an accepted job begins at once; events that have been read for this long were read when it was added. */
const minReadingMs = 10_000;

export interface WatcherOptions {
  keys: Keys;
  queue: Pick<JobQueue, "read">;
  /** The connection `queue` uses. */
  redis: Redis;
  /** How long events are still read after the last listener has left; 30 s by default. */
  lingerMs?: number;
  /** How often a waiter reads the job in case an event was trimmed while Redis was away; 5 s by default. */
  recheckMs?: number;
  /** A connection for nothing else: it will be subscribed to channels. */
  subscriber: Redis;
  /** Aborts when this process stops: waiters then get the job as it is. */
  stopping?: AbortSignal;
}

export function openJobWatcher({
  queue,
  subscriber,
  stopping,
  recheckMs = 5_000,
  ...options
}: WatcherOptions): JobWatcher {
  const listeners = new Map<string, Set<Listener>>();
  const notify = (jobId: string, signal: JobSignal) => {
    for (const listener of listeners.get(jobId) ?? []) listener(signal);
  };
  const recentEnds = new Set<string>();
  const onEvent = (jobId: string, event: BullEvent) => {
    if (event.type === "ended" && !listeners.has(jobId)) {
      recentEnds.add(jobId);
      if (recentEnds.size > maxRecentEnds) recentEnds.delete(recentEnds.values().next().value as string);
    }
    if (!listeners.has(jobId)) return;
    if (event.type !== "progress") {
      notify(jobId, event);
      return;
    }
    const parsed = jobProgressSchema.safeParse(event.progress);
    if (parsed.success) notify(jobId, { type: "progress", progress: parsed.data });
  };
  const reader = createEventReader({ ...options, onEvent, onClose: () => recentEnds.clear() });

  const listen = (id: string, listener: Listener) => {
    const set = listeners.get(id) ?? new Set();
    listeners.set(id, set.add(listener));
    const unsubscribe = reader.subscribe();
    return () => {
      unsubscribe();
      set.delete(listener);
      if (set.size === 0 && listeners.get(id) === set) listeners.delete(id);
    };
  };
  const followers = subscribeFollowers(subscriber, options.keys, notify);

  return {
    waitForEnd: async (id, ms, signal, isNew = false) => {
      const deadline = Date.now() + ms;
      let needsNoRead = isNew && reader.readingForMs() > minReadingMs && !recentEnds.has(id);
      while (true) {
        // Listening begins before the read, so that an end between the two is not missed.
        const restMs = deadline - Date.now();
        const ended = new AbortController();
        const stop = listen(id, ({ type }) => type === "ended" && ended.abort());
        try {
          if (needsNoRead) {
            needsNoRead = false;
            await untilAborted([ended.signal, signal, stopping], Math.min(restMs, recheckMs));
            continue;
          }
          const job = await queue.read(id);
          const hasEnded = job === undefined || job.finishedAt !== undefined;
          if (hasEnded || restMs <= 0 || signal?.aborted || stopping?.aborted) return job;
          await untilAborted([ended.signal, signal, stopping], Math.min(restMs, recheckMs));
        } finally {
          stop();
        }
      }
    },
    follow: (id, listener) => {
      const stop = listen(id, listener);
      const unfollow = followers.add(id);
      let isFollowing = true;
      return () => {
        if (!isFollowing) return;
        isFollowing = false;
        stop();
        unfollow();
      };
    },
    close: async () => {
      subscriber.disconnect();
      await reader.close();
    },
  };
}

/** Subscribes to the channel of a job while it has followers in this process. */
function subscribeFollowers(subscriber: Redis, keys: Keys, notify: (jobId: string, signal: JobSignal) => void) {
  const counts = new Map<string, number>();
  const channelStart = keys.jobChannel("");
  subscriber.on("message", (channel, message) => {
    if (!channel.startsWith(channelStart)) return;
    const parsed = jobMessageSchema.safeParse(JSON.parse(message));
    if (!parsed.success) return;
    notify(channel.slice(channelStart.length), parsed.data.type === "removed" ? { type: "ended" } : parsed.data);
  });
  return {
    add: (id: string): (() => void) => {
      const before = counts.get(id) ?? 0;
      counts.set(id, before + 1);
      // Not awaited: the worker checks for followers at every progress, and Redis may be away.
      if (before === 0) subscriber.subscribe(keys.jobChannel(id)).catch(() => {});
      return () => {
        const rest = (counts.get(id) ?? 1) - 1;
        if (rest > 0) counts.set(id, rest);
        else {
          counts.delete(id);
          subscriber.unsubscribe(keys.jobChannel(id)).catch(() => {});
        }
      };
    },
  };
}
