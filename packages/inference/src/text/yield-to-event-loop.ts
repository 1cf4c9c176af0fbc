import { setImmediate } from "node:timers/promises";

/**
 * Gives the event loop a turn when this one has been held for `ms`: IPC messages and cancellations must be served while
 * a megabyte is split. Call it between small pieces of work.
 */
export function createBreather(ms = 10): () => Promise<void> | undefined {
  let last = performance.now();
  return () => {
    if (performance.now() - last < ms) return undefined;
    return setImmediate().then(() => {
      last = performance.now();
    });
  };
}
