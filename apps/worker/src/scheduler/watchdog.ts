import type { Activity } from "./read-activity.js";

/** How often a process is checked. */
export const watchEveryMs = 1_000;

/** An idle process that has been silent for this long is pinged. */
const pingEveryMs = 5_000;

/** A process that has done nothing at all for this long is reported as not responding. */
const notRespondingAfterMs = 2_500;

/**
 * A process that uses the CPU gets `cpuTimeoutFactor` times the timeout, and on top of it ten times its longest run so far or this
 * long for each token that it may be encoding: bart-large-cnn takes 80 ms on one slow, loaded core. Beyond that it is an endless loop.
 */
const cpuTimeoutFactor = 6;
const longestRunFactor = 10;
const tokenMs = 200;

export interface WatchdogOptions {
  /** A process that has work and neither sends anything nor uses the CPU for this long hangs. */
  timeoutMs: number;
  /** Loading has a timeout of its own: a process that loads hangs only if a signal has stopped it. */
  isLoading(): boolean;
  /** Whether it is running jobs. */
  isRunning(): boolean;
  /** Maximum number of tokens that it can be encoding now. */
  passTokens(): number;
  /** `undefined` where the system does not report it. */
  readActivity(): Activity | undefined;
  ping(): void;
  /** Milliseconds of a monotonic clock. */
  now?(): number;
}

/**
 * Distinguishes a model process that hangs from one that is slow.
 *
 * A run of onnxruntime blocks the event loop of its process, so heartbeats come between runs only, and how long a run takes depends on
 * text, model, machine and load. CPU time distinguishes them: a process that computes gets some, however little; one that is stopped
 * or deadlocked gets none.
 */
export class Watchdog {
  readonly #options: WatchdogOptions;
  readonly #now: () => number;
  #lastCheck: number;
  #lastHeard: number;
  #wasBusy = false;
  #isPinged = false;
  /** For how long it has had work and sent nothing, and for how long it has used no CPU either. */
  #silentMs = 0;
  #inactiveMs = 0;
  #longestRunMs = 0;
  #limitMs = Number.POSITIVE_INFINITY;
  #cpuTicks: number | undefined;

  constructor(options: WatchdogOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#lastCheck = this.#now();
    this.#lastHeard = this.#lastCheck;
  }

  /** False while it has work and does nothing. */
  get isResponding(): boolean {
    const inactiveLimit = Math.min(notRespondingAfterMs, this.#options.timeoutMs / 2);
    return this.#inactiveMs < inactiveLimit && this.#silentMs < this.#limitMs / 2;
  }

  /** The process sent a message. */
  heard(): void {
    const at = this.#now();
    if (this.#wasBusy && this.#isBusy()) {
      const runMs = Math.min(at - this.#lastHeard, this.#silentMs + watchEveryMs);
      this.#longestRunMs = Math.max(this.#longestRunMs, runMs);
    }
    this.#lastHeard = at;
    this.#isPinged = false;
    this.#resetSilence();
  }

  /** Checks the process; returns why it is to be killed, if it is. Called every second. */
  check(): string | undefined {
    const at = this.#now();
    // If this process or the whole machine was stopped, the other one had no time to send anything either.
    const elapsed = Math.min(at - this.#lastCheck, 2 * watchEveryMs);
    this.#lastCheck = at;
    if (!this.#isBusy() && !this.#isPinged) {
      this.#wasBusy = false;
      this.#resetSilence();
      if (at - this.#lastHeard >= pingEveryMs) {
        this.#isPinged = true;
        this.#options.ping();
      }
      return undefined;
    }
    this.#silentMs += elapsed;
    this.#inactiveMs = this.#isActive() ? 0 : this.#inactiveMs + elapsed;
    this.#wasBusy = this.#isBusy();
    const { timeoutMs, isLoading, passTokens } = this.#options;
    const runMs = Math.max(longestRunFactor * this.#longestRunMs, tokenMs * passTokens());
    this.#limitMs = isLoading() ? Number.POSITIVE_INFINITY : cpuTimeoutFactor * timeoutMs + runMs;
    const silence = `was silent for ${Math.round(this.#silentMs / 1_000)} s`;
    if (this.#inactiveMs >= timeoutMs) return `${silence} and did not use the CPU`;
    if (this.#silentMs >= this.#limitMs) return `${silence}, longer than any of its runs can take`;
    return undefined;
  }

  #isBusy(): boolean {
    return this.#options.isLoading() || this.#options.isRunning();
  }

  #resetSilence(): void {
    this.#silentMs = 0;
    this.#inactiveMs = 0;
  }

  #isActive(): boolean {
    const activity = this.#options.readActivity();
    const hasUsedCpu = activity?.cpuTicks !== this.#cpuTicks;
    this.#cpuTicks = activity?.cpuTicks;
    if (activity === undefined || activity.isWaiting || hasUsedCpu) return true;
    // Its model may be on a slow network disk.
    return this.#options.isLoading() && !activity.isStopped;
  }
}

/** Checks every second, until the returned function is called or the process is to be killed. */
export function watch(
  watchdog: Watchdog,
  { onChange, onHang }: { onChange(isResponding: boolean): void; onHang(reason: string): void },
): () => void {
  let wasResponding = true;
  const timer = setInterval(() => {
    const hang = watchdog.check();
    const { isResponding } = watchdog;
    if (isResponding !== wasResponding) onChange(isResponding);
    wasResponding = isResponding;
    if (hang === undefined) return;
    clearInterval(timer);
    onHang(hang);
  }, watchEveryMs);
  return () => clearInterval(timer);
}
