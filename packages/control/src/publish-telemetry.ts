import type { WorkerTelemetry } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";
import { encodeSample } from "./stored-sample.js";

/** A worker without telemetry for this long counts as dead. */
export const workerExpiryMs = 8_000;

/** Ids of workers not heard from for this long are trimmed; until then each costs every reader a look. */
const forgetWorkersMs = 600_000;

/** History older than this is trimmed, in milliseconds. */
const historyMs = 3_600_000;

/** A worker writes at every change, but adds to the history no more often than this. */
const historyStepMs = 2_000;

const lastHistory = new WeakMap<Redis, number>();

/** Writes a worker's telemetry, in one round trip: its expiring hash, the set of workers, and the history. */
export async function publishTelemetry(redis: Redis, keys: Keys, telemetry: WorkerTelemetry): Promise<void> {
  const data = JSON.stringify(telemetry);
  const transaction = redis
    .multi()
    .hset(keys.worker(telemetry.id), { at: telemetry.at, data })
    .pexpire(keys.worker(telemetry.id), workerExpiryMs)
    .zadd(keys.workers, telemetry.at, telemetry.id);
  if (telemetry.at - (lastHistory.get(redis) ?? 0) >= historyStepMs) {
    lastHistory.set(redis, telemetry.at);
    const oldest = telemetry.at - historyMs;
    transaction
      .zremrangebyscore(keys.workers, "-inf", telemetry.at - forgetWorkersMs)
      .xadd(keys.history, "MINID", "~", oldest, "*", "data", encodeSample(telemetry))
      .pexpire(keys.history, historyMs);
  }
  await transaction.exec();
}

/** Takes a worker that stops in order out of the list at once. */
export async function retireWorker(redis: Redis, keys: Keys, id: string): Promise<void> {
  await redis.multi().del(keys.worker(id)).zrem(keys.workers, id).exec();
}
