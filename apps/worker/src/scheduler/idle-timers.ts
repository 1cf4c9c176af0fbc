import type { ModelName } from "@precis/contracts";

/** Longer times overflow `setTimeout`; 24.8 days are as good as forever. */
const maxTimerMs = 2 ** 31 - 1;

export interface IdleTimersOptions {
  /** Used for models that were loaded without a job, and for jobs without `keep_alive`. */
  defaultTtlMs: number;
  onExpired(model: ModelName, ttlMs: number): void;
}

/** Says when a model has been idle for its TTL: the longest `keep_alive` of the jobs since it was last idle. */
export class IdleTimers {
  readonly #options: IdleTimersOptions;
  readonly #ttls = new Map<ModelName, number>();
  readonly #timers = new Map<ModelName, NodeJS.Timeout>();

  constructor(options: IdleTimersOptions) {
    this.#options = options;
  }

  /**
   * A job has entered the model process, and asks to keep the model loaded after it.
   *
   * @param ttlMs -1 means forever
   */
  jobStarted(model: ModelName, ttlMs = this.#options.defaultTtlMs): void {
    this.#ttls.set(model, longer(this.#ttls.get(model) ?? ttlMs, ttlMs));
  }

  /** The model has become idle. */
  start(model: ModelName): void {
    this.cancel(model);
    const ttl = this.#ttls.get(model) ?? this.#options.defaultTtlMs;
    this.#ttls.delete(model);
    if (ttl < 0 || ttl > maxTimerMs) return;
    this.#timers.set(
      model,
      setTimeout(() => this.#options.onExpired(model, ttl), ttl),
    );
  }

  /** The model is not loaded any more: what earlier jobs asked for does not apply to its next process. */
  reset(model: ModelName): void {
    this.cancel(model);
    this.#ttls.delete(model);
  }

  /** The model is no longer idle. */
  cancel(model: ModelName): void {
    clearTimeout(this.#timers.get(model));
    this.#timers.delete(model);
  }
}

function longer(one: number, other: number): number {
  return one < 0 || other < 0 ? -1 : Math.max(one, other);
}
