import type { WorkerTelemetry } from "@precis/contracts";
import { readWorkers } from "@precis/control";
import type { Services } from "../services.js";

/** A probe gets its response within this time, also from a Redis that is connected but hangs. */
const readTimeoutMs = 400;

/** How many workers there are. @throws while Redis is unavailable */
export async function countWorkers({ redis, keys }: Services): Promise<{ running: number; starting: number }> {
  const workers = await withTimeout(readWorkers(redis, keys), readTimeoutMs);
  return {
    running: workers.filter(isRunning).length,
    starting: workers.filter(({ status }) => status === "starting").length,
  };
}

/** A paused worker counts: its jobs wait and will be done. */
const isRunning = ({ status }: WorkerTelemetry) => status === "running" || status === "paused";

async function withTimeout<Result>(work: Promise<Result>, ms: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no response within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
    // After the timeout nobody awaits a rejection.
    work.catch(() => {});
  }
}
