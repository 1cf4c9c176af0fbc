import type { WorkerTelemetry } from "@precis/contracts";
import { readWorkers } from "@precis/control";
import { readPausedQueues } from "@precis/queue";
import type { Services } from "../services.js";

/** A probe gets its response within this time, also from a Redis that is connected but hangs. */
const readTimeoutMs = 400;

export interface WorkerCounts {
  running: number;
  /** Those of them with a model process that does not respond. */
  notResponding: number;
  starting: number;
  /** Whether an operator has paused the queue, so that no worker claims jobs. */
  isQueuePaused: boolean;
}

/** How many workers there are. @throws while Redis is unavailable */
export async function countWorkers({ redis, keys }: Services): Promise<WorkerCounts> {
  const reading = Promise.all([readWorkers(redis, keys), readPausedQueues(redis, keys)]);
  const [workers, paused] = await withTimeout(reading, readTimeoutMs);
  const running = workers.filter(isRunning);
  return {
    running: running.length,
    notResponding: running.filter(hangs).length,
    starting: workers.filter(({ status }) => status === "starting").length,
    isQueuePaused: paused.includes("summarize"),
  };
}

/** A paused worker counts: its jobs wait and will be done. */
const isRunning = ({ status }: WorkerTelemetry) => status === "running" || status === "paused";

/** Jobs it has claimed wait until its model process has been replaced. */
const hangs = ({ models }: WorkerTelemetry) => models.some(({ responding }) => responding === false);

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
