import { setTimeout as sleep } from "node:timers/promises";
import { refuseToStart } from "./refuse-to-start.js";

const defaultWithinMs = 3_000;

/** Ends a process in order, from the first line of its `main.ts` on. */
export interface Shutdown {
  /** Aborts when the process begins to shut down. */
  readonly signal: AbortSignal;
  /**
   * Adds something to release: what was added last is released first.
   *
   * @param release errors are ignored, since the process ends in any case
   * @param withinMs how long it may take; 3 s by default
   */
  onStop(release: () => unknown, withinMs?: number): void;
  /** For what fails at the start: reports it and ends the process, unless it is being shut down, which is why it failed. */
  refuse(error: unknown): Promise<never>;
}

/**
 * Handles SIGTERM, SIGINT and the death of the parent process: releases what was added by then, last in, first out, and exits with code
 * 0. A second signal exits at once.
 *
 * @param name of the process, in its log
 */
export function handleShutdown(name: string): Shutdown {
  const stopping = new AbortController();
  const releases: { release: () => unknown; withinMs: number }[] = [];
  const stop = async () => {
    if (stopping.signal.aborted) process.exit(1);
    stopping.abort();
    for (let next = releases.pop(); next !== undefined; next = releases.pop()) {
      const { release, withinMs } = next;
      const released = Promise.resolve().then(release);
      // Without Redis, for instance, a release may never settle.
      await Promise.race([released.catch(() => {}), sleep(withinMs)]);
    }
    process.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void stop());
  process.on("disconnect", () => void stop());
  // The parent may have exited already; `undefined` means there is no parent with a channel.
  if (process.connected === false) void stop();
  return {
    signal: stopping.signal,
    onStop: (release, withinMs = defaultWithinMs) => void releases.push({ release, withinMs }),
    refuse: (error) => (stopping.signal.aborted ? new Promise(() => {}) : refuseToStart(name, error)),
  };
}
