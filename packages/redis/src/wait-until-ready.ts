import { setTimeout as sleep } from "node:timers/promises";
import { askServer } from "./ask-server.js";

/**
 * How long a server may say nothing at all, or nothing new, before it counts as hung. One that loads large values looks at
 * its connections seldom: Redis 7 does so every 1,024 commands of the append-only file.
 */
const maxSilenceMs = 120_000;

const pollMs = 20;
const slowPollMs = 250;

export interface WaitOptions {
  /** How the server is called in messages. */
  name: string;
  signal?: AbortSignal | undefined;
  /** Called once when it takes long, with the reason. */
  onProgress?: ((message: string) => void) | undefined;
  /** Wait for ever, however silent it is. */
  patient?: boolean;
}

/**
 * Waits until a server takes commands. One that loads its data is waited for as long as it makes progress, however long
 * that takes.
 *
 * @throws when it has said nothing, or made no progress, for two minutes; when `signal` aborts.
 */
export async function waitUntilReady(url: string, options: WaitOptions): Promise<void> {
  const { name, signal, onProgress, patient = false } = options;
  let lastSign = Date.now();
  let bytes = -1;
  let said = false;
  const say = (message: string) => {
    if (!said) onProgress?.(message);
    said = true;
  };
  while (true) {
    signal?.throwIfAborted();
    const answer = await askServer(url, patient ? {} : { withinMs: maxSilenceMs, signal });
    signal?.throwIfAborted();
    if (answer.state === "ready") return;
    if (answer.state === "loading") {
      if (answer.bytes !== bytes) lastSign = Date.now();
      bytes = answer.bytes;
      const share = answer.percent === undefined ? "" : ` (${Math.round(answer.percent)} % so far)`;
      say(`${name} is loading its data from disk${share}; Precis waits until it is done`);
    } else if (patient && Date.now() - lastSign > 2_000) {
      say(`${name} does not answer (${answer.reason}); Precis waits until it does`);
    }
    const silentMs = Date.now() - lastSign;
    if (!patient && silentMs > maxSilenceMs) {
      const what = answer.state === "loading" ? "no progress in loading its data" : answer.reason;
      throw new Error(`${what} for ${maxSilenceMs / 1_000} s`);
    }
    await sleep(silentMs < 1_000 && answer.state === "silent" ? pollMs : slowPollMs, undefined, { signal });
  }
}
