import { setTimeout as sleep } from "node:timers/promises";
import { isServerReady } from "@precis/redis";
import type { SupervisedProcess } from "./supervise-process.js";

/** Without Redis nobody can finish anything: this long it may be away before the processes are killed instead. */
const outageGraceMs = 3_000;
const lookEveryMs = 250;

export interface StopOptions {
  workers: readonly SupervisedProcess[];
  api: SupervisedProcess;
  redisUrl: string;
  workerGraceMs: number;
  apiGraceMs: number;
}

/** Stops workers, then the API, which meanwhile answers for them; all at once when Redis is away. */
export async function stopProcesses({ workers, api, redisUrl, workerGraceMs, apiGraceMs }: StopOptions): Promise<void> {
  const all = [...workers, api];
  await Promise.all(all.map((part) => part.release()));
  const stopped = new AbortController();
  const outage = untilAway(redisUrl, stopped.signal).then(() => {
    for (const part of all) part.kill();
  });
  try {
    await Promise.all(workers.map((worker) => worker.stop(workerGraceMs)));
    await api.stop(apiGraceMs);
  } finally {
    stopped.abort();
    await outage.catch(() => {});
  }
}

async function untilAway(url: string, signal: AbortSignal): Promise<void> {
  let since: number | undefined;
  while (since === undefined || Date.now() - since < outageGraceMs) {
    await sleep(lookEveryMs, undefined, { signal });
    const askedAt = Date.now();
    if (await isServerReady(url)) since = undefined;
    else since ??= askedAt;
  }
  signal.throwIfAborted();
}
