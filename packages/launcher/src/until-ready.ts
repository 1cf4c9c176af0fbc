import { setTimeout as sleep } from "node:timers/promises";
import type { SupervisedProcess } from "./supervise-process.js";

/** How often it is asked, and how long one answer may take. */
const pollMs = 50;
const answerMs = 5_000;

/** @throws when a process ends at its start, when `url` does not answer with success in time, when `signal` aborts. */
export async function untilReady(
  url: string,
  processes: readonly SupervisedProcess[],
  withinMs: number,
  signal: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (Date.now() < deadline) {
    assertStarted(processes);
    signal.throwIfAborted();
    const answer = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]) }).catch(
      () => undefined,
    );
    if (answer?.ok) return;
    await sleep(pollMs, undefined, { signal });
  }
  throw new Error(`${url} was not ready within ${withinMs / 1_000} s`);
}

/** The port that the API says it listens on. */
export async function untilListening(
  api: SupervisedProcess,
  port: () => number | undefined,
  signal: AbortSignal,
): Promise<number> {
  while (true) {
    assertStarted([api]);
    const listening = port();
    if (listening !== undefined) return listening;
    await sleep(10, undefined, { signal });
  }
}

function assertStarted(processes: readonly SupervisedProcess[]): void {
  for (const { startFailure } of processes) {
    if (startFailure !== undefined) throw new Error(`${startFailure} at its start; its log says why`);
  }
}
