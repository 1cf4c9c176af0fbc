export interface PublishOptions {
  /** Measures and writes. */
  publish(): Promise<void>;
  onError(error: unknown): void;
  /** Default 2 s. */
  everyMs?: number;
  /** Default 500 ms: at five Redis commands each, a worker whose state changes all the time sends about ten commands a second. */
  gapMs?: number;
}

/** Publishes a worker's telemetry regularly and after changes, but never more often than the gap allows. */
export class TelemetryPublisher {
  readonly #options: Required<PublishOptions>;
  #lastAt = 0;
  #soon: NodeJS.Timeout | undefined;
  #regular: NodeJS.Timeout | undefined;
  #isStopped = false;
  // One after the other, so that an older measurement never overwrites a newer one. At most one waits for its turn, so that nothing
  // piles up while Redis is away.
  #last: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(options: PublishOptions) {
    this.#options = { everyMs: 2_000, gapMs: 500, ...options };
  }

  start(): void {
    this.#regular = setInterval(() => void this.publish(), this.#options.everyMs);
    void this.publish();
  }

  /** Resolves once nothing will be written any more. */
  stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#soon);
    clearInterval(this.#regular);
    return this.#last;
  }

  /** Something changed: publish soon. Many changes within the gap make one publication. */
  changed(): void {
    if (this.#isStopped) return;
    const dueMs = this.#lastAt + this.#options.gapMs - Date.now();
    this.#soon ??= setTimeout(() => void this.publish(), Math.max(0, dueMs));
  }

  /** Publishes now; resolves when it is written. Never rejects. */
  publish(): Promise<void> {
    clearTimeout(this.#soon);
    this.#soon = undefined;
    this.#next ??= this.#last
      .then(async () => {
        this.#next = undefined;
        this.#lastAt = Date.now();
        if (!this.#isStopped) await this.#options.publish();
      })
      .catch(this.#options.onError);
    this.#last = this.#next;
    return this.#next;
  }
}
