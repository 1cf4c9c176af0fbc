import { setTimeout as sleep } from "node:timers/promises";

/** Waits until `isDone` returns something truthy; an error counts as "not yet". */
export async function waitUntil(what, isDone, timeoutMs = 60_000) {
  const deadline = Date.now() + timeoutMs;
  let last;
  while (Date.now() < deadline) {
    try {
      if (await isDone()) return;
    } catch (error) {
      last = error;
    }
    await sleep(25);
  }
  throw new Error(`${what}: not within ${timeoutMs} ms${last === undefined ? "" : ` (${last.message})`}`);
}
