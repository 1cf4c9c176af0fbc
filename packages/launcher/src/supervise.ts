import { setTimeout as sleep } from "node:timers/promises";
import { describeEnd, type ProcessEnd } from "@precis/redis";
import { decideRestart, type RestartPolicy, restartPolicy } from "./restart-policy.js";

/** What to watch, and what to call when it changes. */
export interface SuperviseOptions {
  /** How it is called in messages, as "The API". */
  name: string;
  /**
   * Starts the process.
   *
   * @param isRestart false for the first start
   * @throws when it does not start, which counts as a crash; when `signal` aborts, and then nothing runs
   */
  start(isRestart: boolean, signal: AbortSignal): Promise<{ ended: Promise<ProcessEnd> }>;
  /** Whether a crash is no fault of its own, so that it is started again however often that was in vain. */
  isExcused(): Promise<boolean>;
  onProgress(message: string): void;
  onRestart(): void;
  /** It crashes again and again, and is not started any more. */
  onGiveUp(reason: string): void;
  policy?: RestartPolicy;
}

/** A process that is started again whenever it ends. */
export interface Supervision {
  /** Starts it. Until `settle` is called, a process that exits by itself has failed and is not started again. */
  start(): void;
  /** The first start has succeeded: from now on every end is a crash. */
  settle(): void;
  /** How the first start failed; `undefined` when it has not. */
  readonly startFailure: string | undefined;
  /** Stops to watch and to restart; the process itself is left alone. Resolves when nothing is started any more. */
  release(): Promise<void>;
}

/** Watches a process, and starts it again when it ends: with growing waits, until it is given up. */
export function supervise(options: SuperviseOptions): Supervision {
  const { name, isExcused, onProgress, onRestart, onGiveUp, policy = restartPolicy } = options;
  let watching: { abort: AbortController; loop: Promise<void> } | undefined;
  let isSettled = false;
  let startFailure: string | undefined;

  const watch = async (signal: AbortSignal) => {
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    aborted.catch(() => {});
    let failures = 0;
    for (let isRestart = false; !signal.aborted; isRestart = true) {
      const { ranMs, killedBy, what } = await runOnce(isRestart, signal, aborted);
      if (signal.aborted) return;
      // A signal comes from elsewhere; an exit before everything is up is a wrong setting, which its log names.
      if (!isSettled && killedBy === null) {
        startFailure = what;
        return;
      }
      const { failures: inARow, giveUp, delayMs } = decideRestart(failures, ranMs, policy);
      failures = inARow;
      if (giveUp && !(await isExcused())) {
        if (!signal.aborted) {
          onGiveUp(`${what}; that was the ${failures}th crash in a row, so Precis gives up`);
        }
        return;
      }
      if (signal.aborted) return;
      onProgress(`${what}; next start in ${delayMs / 1_000} s`);
      await sleep(delayMs, undefined, { signal }).catch(() => {});
      if (!signal.aborted) onRestart();
    }
  };

  const runOnce = async (isRestart: boolean, signal: AbortSignal, aborted: Promise<never>) => {
    try {
      const { ended } = await options.start(isRestart, signal);
      const startedAt = performance.now();
      const end = await Promise.race([ended, aborted]);
      return { ranMs: performance.now() - startedAt, killedBy: end.signal, what: `${name} ${describeEnd(end)}` };
    } catch (error) {
      return { ranMs: 0, killedBy: null, what: (error as Error).message };
    }
  };

  return {
    start: () => {
      const abort = new AbortController();
      startFailure = undefined;
      isSettled = false;
      watching = { abort, loop: watch(abort.signal) };
    },
    settle: () => {
      isSettled = true;
    },
    get startFailure() {
      return startFailure;
    },
    release: async () => {
      watching?.abort.abort();
      await watching?.loop;
    },
  };
}
