import type { Keys, Redis } from "@precis/redis";
import { QueueEvents } from "bullmq";
import { summarizeQueueName } from "./queue-names.js";

export interface EventReaderOptions {
  keys: Keys;
  /** The connection jobs are looked at through; BullMQ duplicates it to block on. */
  redis: Redis;
  /** How long reading goes on when nobody wants it any more; 30 s by default. */
  lingerMs?: number;
  /** Told of every BullMQ events reader that is opened, before it reads anything. */
  onOpen(events: QueueEvents): void;
  onClose(): void;
}

/** Reads BullMQ's events while somebody wants them: each job makes several, and an API that only accepts needs none. */
export interface EventReader {
  /** Reading goes on until the function returned is called. What comes to pass from now on is told. */
  want(): () => void;
  /** How long events have been read, in ms; 0 while they are not. */
  readingFor(): number;
  close(): Promise<void>;
}

/**
 * How long one read of events blocks, in ms. BullMQ 6.7 replaces a connection whose read is not over a second later: with its
 * default of 10 s a frozen one would be noticed late.
 */
const blockMs = 5_000;

export function createEventReader({
  keys,
  redis,
  lingerMs = 30_000,
  onOpen,
  onClose,
}: EventReaderOptions): EventReader {
  let wanted = 0;
  let reading: { since: number; events?: QueueEvents } | undefined;
  let linger: NodeJS.Timeout | undefined;
  let over = false;

  const open = async () => {
    const mine: NonNullable<typeof reading> = { since: performance.now() };
    reading = mine;
    // Who wants events looks at the job next, on the same connection, so after this: what is newer than the last event now
    // is newer than the look or seen by it. While Redis is away nobody sees anything, and waiters look again later.
    const last = await redis
      .xrevrange(`${keys.prefix}:${summarizeQueueName}:events`, "+", "-", "COUNT", 1)
      .then(([newest]) => newest?.[0] ?? "0-0")
      .catch(() => "$");
    if (reading !== mine) return;
    mine.events = new QueueEvents(summarizeQueueName, {
      connection: redis,
      prefix: keys.prefix,
      blockingTimeout: blockMs,
      lastEventId: last,
    });
    mine.events.on("error", () => {});
    onOpen(mine.events);
  };
  const leave = async () => {
    const events = reading?.events;
    reading = undefined;
    onClose();
    await events?.close();
  };

  return {
    want: () => {
      wanted += 1;
      clearTimeout(linger);
      if (reading === undefined && !over) void open();
      return () => {
        wanted -= 1;
        if (wanted === 0) linger = setTimeout(() => void leave().catch(() => {}), lingerMs).unref();
      };
    },
    readingFor: () => (reading?.events === undefined ? 0 : performance.now() - reading.since),
    close: () => {
      over = true;
      clearTimeout(linger);
      return leave();
    },
  };
}
