/** Resolves when one of the signals aborts or after `ms`. */
export function untilAborted(signals: readonly (AbortSignal | undefined)[], ms: number): Promise<void> {
  return new Promise((resolve) => {
    // Listeners are removed again: some of the signals live as long as the process.
    const done = () => {
      clearTimeout(timer);
      for (const signal of signals) signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    for (const signal of signals) signal?.addEventListener("abort", done, { once: true });
    if (signals.some((signal) => signal?.aborted)) done();
  });
}
