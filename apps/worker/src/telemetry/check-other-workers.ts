import type { ModelName } from "@precis/contracts";
import { readWorkers } from "@precis/control";
import type { Keys, Redis } from "@precis/redis";

/** Returns whether another worker, which claims jobs, could load a model, judging by its telemetry. */
export function checkOtherWorkers(redis: Redis, keys: Keys, workerId: string): (model: ModelName) => Promise<boolean> {
  return async (model) => {
    const others = (await readWorkers(redis, keys)).filter(({ id }) => id !== workerId);
    return others.some(({ status, memory }) => status === "running" && !memory.too_small_for.includes(model));
  };
}
