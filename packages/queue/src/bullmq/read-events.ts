import type { Keys, Redis } from "@precis/redis";
import { QueueEvents } from "bullmq";
import { bullKeys } from "./keys.js";
import { summarizeQueueName } from "./queue-names.js";

/** Something that happened to a job of the summarize queue. */
export type BullEvent =
  | { type: "started" }
  /** To be parsed. */
  | { type: "progress"; progress: unknown }
  /** Back to waiting, for another attempt or another worker. */
  | { type: "queued" }
  /** Completed, failed or removed. */
  | { type: "ended" };

export interface EventReaderOptions {
  keys: Keys;
  /** The connection that jobs are read with; BullMQ duplicates it to block on. */
  redis: Redis;
  /** How long events are still read after the last subscriber has left; 30 s by default. */
  lingerMs?: number;
  onEvent(jobId: string, event: BullEvent): void;
  onClose(): void;
}

/** Reads BullMQ's events while somebody subscribes: each job makes several, and an API that only accepts needs none. */
export interface EventReader {
  /** Events from now on are read until the returned function is called. */
  subscribe(): () => void;
  /** How long events have been read, in ms; 0 while they are not. */
  readingForMs(): number;
  close(): Promise<void>;
}

/**
 * How long one read of events blocks, in ms. BullMQ 6.7 replaces a connection whose read has not ended a second later: with
 * its default of 10 s a frozen one would be noticed late.
 */
const blockMs = 5_000;

const eventTypes = {
  active: "started",
  waiting: "queued",
  delayed: "queued",
  completed: "ended",
  failed: "ended",
  removed: "ended",
} as const;

export function createEventReader(options: EventReaderOptions): EventReader {
  const { keys, redis, lingerMs = 30_000 } = options;
  let subscribers = 0;
  let reading: { since: number; events?: QueueEvents } | undefined;
  let linger: NodeJS.Timeout | undefined;
  let isClosed = false;

  const open = async () => {
    const mine: NonNullable<typeof reading> = { since: performance.now() };
    reading = mine;
    // A subscriber reads the job next, on the same connection and so after this command: an event that is newer than the last
    // one now comes after that read, or is seen by it. While Redis is away nobody sees anything, and waiters read again later.
    const last = await redis
      .xrevrange(bullKeys(keys, summarizeQueueName).events, "+", "-", "COUNT", 1)
      .then(([newest]) => newest?.[0] ?? "0-0")
      .catch(() => "$");
    if (reading !== mine) return;
    mine.events = new QueueEvents(summarizeQueueName, {
      connection: redis,
      prefix: keys.prefix,
      blockingTimeout: blockMs,
      lastEventId: last,
    });
    listen(mine.events, options.onEvent);
  };
  const leave = async () => {
    const events = reading?.events;
    reading = undefined;
    options.onClose();
    await events?.close();
  };

  return {
    subscribe: () => {
      subscribers += 1;
      clearTimeout(linger);
      if (reading === undefined && !isClosed) void open();
      return () => {
        subscribers -= 1;
        if (subscribers === 0) linger = setTimeout(() => void leave().catch(() => {}), lingerMs).unref();
      };
    },
    readingForMs: () => (reading?.events === undefined ? 0 : performance.now() - reading.since),
    close: () => {
      isClosed = true;
      clearTimeout(linger);
      return leave();
    },
  };
}

function listen(events: QueueEvents, onEvent: EventReaderOptions["onEvent"]): void {
  events.on("error", () => {});
  for (const [name, type] of Object.entries(eventTypes)) {
    events.on(name as keyof typeof eventTypes, ({ jobId }: { jobId: string }) => onEvent(jobId, { type }));
  }
  events.on("progress", ({ jobId, data }) => onEvent(jobId, { type: "progress", progress: data }));
}
