import type { WorkerTelemetry } from "@precis/contracts";
import { readWorkers } from "@precis/control";
import type { Services } from "../services.js";
import { inTime } from "./in-time.js";

export interface WorkerCounts {
  running: number;
  /** Those of them with a model process that does not respond. */
  notResponding: number;
  starting: number;
}

/** How many workers there are. @throws while Redis is unavailable */
export async function countWorkers({ redis, keys }: Services): Promise<WorkerCounts> {
  const workers = await inTime(readWorkers(redis, keys));
  const running = workers.filter(isRunning);
  return {
    running: running.length,
    notResponding: running.filter(hangs).length,
    starting: workers.filter(({ status }) => status === "starting").length,
  };
}

/** A paused worker counts: its jobs wait and will be done. */
const isRunning = ({ status }: WorkerTelemetry) => status === "running" || status === "paused";

/** Jobs it has claimed wait until its model process has been replaced. */
const hangs = ({ models }: WorkerTelemetry) => models.some(({ responding }) => responding === false);
