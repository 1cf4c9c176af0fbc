import { setImmediate } from "node:timers/promises";

/**
 * Returns a function to call between small pieces of work. It yields to the event loop when the work has blocked it for
 * `maxBlockingMs`, so that IPC messages and cancellations are served while a megabyte is split.
 */
export function createYieldToEventLoop(maxBlockingMs = 10): () => Promise<void> | undefined {
  let last = performance.now();
  return () => {
    if (performance.now() - last < maxBlockingMs) return undefined;
    return setImmediate().then(() => {
      last = performance.now();
    });
  };
}
