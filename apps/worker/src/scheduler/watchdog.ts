import type { Activity } from "./read-activity.js";

/** How often a process is looked at. */
export const watchEveryMs = 1_000;

/** From so much idle time on, the process is asked for a sign of life now and then. */
const pingEveryMs = 5_000;

/** A process that has done nothing at all for so long is reported as not responding. */
const notRespondingAfterMs = 2_500;

/**
 * A process that uses the CPU is given this many times the timeout, and on top of it this many times the longest run that
 * was ever seen, or this long for each token of the text it may be encoding: bart-large-cnn on one slow, loaded core takes
 * 80 ms. What takes longer is an endless loop.
 */
const patience = 6;
const longestRuns = 10;
const tokenMs = 200;

export interface WatchdogOptions {
  /** A process that owes something and neither says anything nor uses the CPU for this long hangs. */
  timeoutMs: number;
  /** Whether it is loading its model, for which there is a timeout of its own: only being stopped counts as hanging. */
  isLoading(): boolean;
  /** Whether it is running jobs. */
  isRunning(): boolean;
  /** Most tokens of a text it can be encoding now. */
  passTokens(): number;
  /** `undefined` where the system does not tell. */
  readActivity(): Activity | undefined;
  ping(): void;
  /** Milliseconds of a clock that only goes forward. */
  now?(): number;
}

/**
 * Tells a model process that hangs from one that is slow.
 *
 * A run of onnxruntime blocks the event loop of the process, so heartbeats come between runs only, and how long a run
 * takes depends on text, model, machine and load. What tells the two apart is CPU time: a process that computes gets some,
 * however little; one that is stopped or deadlocked gets none.
 */
export interface Watchdog {
  /** The process said something. */
  heard(): void;
  /** Looks at the process; why it is to be killed, when it is. Called every second. */
  check(): string | undefined;
  /** False while it owes something and does nothing. */
  readonly isResponding: boolean;
}

export function createWatchdog(options: WatchdogOptions): Watchdog {
  const { timeoutMs, isLoading, now = () => performance.now() } = options;
  const isBusy = () => isLoading() || options.isRunning();
  let lastCheck = now();
  let lastHeard = lastCheck;
  let wasBusy = false;
  let isPinged = false;
  /** Since when it owes something and has said nothing, and since when it has used no CPU either. */
  let silentMs = 0;
  let inactiveMs = 0;
  let longestRunMs = 0;
  let limitMs = Number.POSITIVE_INFINITY;
  let cpuTicks: number | undefined;

  const readInactive = (elapsed: number): number => {
    const activity = options.readActivity();
    const isActive =
      activity === undefined ||
      activity.isWaiting ||
      activity.cpuTicks !== cpuTicks ||
      // Its model may lie on a slow network disk.
      (isLoading() && !activity.isStopped);
    cpuTicks = activity?.cpuTicks;
    return isActive ? 0 : inactiveMs + elapsed;
  };

  return {
    heard: () => {
      const at = now();
      if (wasBusy && isBusy()) longestRunMs = Math.max(longestRunMs, Math.min(at - lastHeard, silentMs + watchEveryMs));
      lastHeard = at;
      isPinged = false;
      silentMs = 0;
      inactiveMs = 0;
    },
    check: () => {
      const at = now();
      // Where this process was stopped itself, or the whole machine, the other one had no time to say anything either.
      const elapsed = Math.min(at - lastCheck, 2 * watchEveryMs);
      lastCheck = at;
      const owes = isBusy() || isPinged;
      if (!owes) {
        wasBusy = false;
        silentMs = 0;
        inactiveMs = 0;
        if (at - lastHeard >= pingEveryMs) {
          isPinged = true;
          options.ping();
        }
        return undefined;
      }
      silentMs += elapsed;
      inactiveMs = readInactive(elapsed);
      wasBusy = isBusy();
      const runMs = Math.max(longestRuns * longestRunMs, tokenMs * options.passTokens());
      limitMs = isLoading() ? Number.POSITIVE_INFINITY : patience * timeoutMs + runMs;
      const silence = `was silent for ${Math.round(silentMs / 1_000)} s`;
      if (inactiveMs >= timeoutMs) return `${silence} and did not use the CPU`;
      if (silentMs >= limitMs) return `${silence}, longer than any of its runs can take`;
      return undefined;
    },
    get isResponding() {
      return inactiveMs < Math.min(notRespondingAfterMs, timeoutMs / 2) && silentMs < limitMs / 2;
    },
  };
}

/** Has the watchdog look every second, until the function returned is called or it has given the process up. */
export function watch(
  watchdog: Watchdog,
  { onChange, onHang }: { onChange(isResponding: boolean): void; onHang(how: string): void },
): () => void {
  let wasResponding = true;
  const timer = setInterval(() => {
    const how = watchdog.check();
    const { isResponding } = watchdog;
    if (isResponding !== wasResponding) onChange(isResponding);
    wasResponding = isResponding;
    if (how === undefined) return;
    clearInterval(timer);
    onHang(how);
  }, watchEveryMs);
  return () => clearInterval(timer);
}
