/** Publishes a worker's telemetry regularly and when something changed, but never more often than the gap allows. */
export interface ChangePublisher {
  /** Something changed: publish soon. Many changes within the gap make one publication. */
  changed(): void;
  /** Publishes at once; resolves when it is written. Never rejects. */
  now(): Promise<void>;
  start(): void;
  /** Resolves once nothing will be written any more. */
  stop(): Promise<void>;
}

export interface PublishOptions {
  /** Measures and writes. */
  publish(): Promise<void>;
  onError(error: unknown): void;
  /** Default 2 s. */
  everyMs?: number;
  /** Default 500 ms: at five Redis commands each, a worker whose state flaps stays near ten commands a second. */
  gapMs?: number;
}

export function createChangePublisher({
  publish,
  onError,
  everyMs = 2_000,
  gapMs = 500,
}: PublishOptions): ChangePublisher {
  let lastAt = 0;
  let soon: NodeJS.Timeout | undefined;
  let regular: NodeJS.Timeout | undefined;
  let stopped = false;
  // One after the other: an older measurement must not overwrite a newer one. And at most one waits for its turn: while
  // Redis is away for an hour, no hour of publications piles up.
  let last: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  const now = () => {
    clearTimeout(soon);
    soon = undefined;
    next ??= last
      .then(async () => {
        next = undefined;
        lastAt = Date.now();
        if (!stopped) await publish();
      })
      .catch(onError);
    last = next;
    return next;
  };
  return {
    changed: () => {
      if (stopped) return;
      soon ??= setTimeout(() => void now(), Math.max(0, lastAt + gapMs - Date.now()));
    },
    now,
    start: () => {
      regular = setInterval(() => void now(), everyMs);
      void now();
    },
    stop: () => {
      stopped = true;
      clearTimeout(soon);
      clearInterval(regular);
      return last;
    },
  };
}
