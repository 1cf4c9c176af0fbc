import { type DeliveryAttempt, deliveryAttemptSchema } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";

/** Attempts kept for each job: one whole schedule and as many again for redeliveries. */
const keptAttempts = 16;

/** Adds one attempt to a job's log and drops the oldest. */
export async function recordAttempt(
  redis: Redis,
  keys: Keys,
  jobId: string,
  attempt: DeliveryAttempt,
  keepSeconds: number,
): Promise<void> {
  const key = keys.deliveries(jobId);
  const nextMs = attempt.next_attempt_at === undefined ? 0 : Date.parse(attempt.next_attempt_at) - Date.now();
  await redis
    .multi()
    .rpush(key, JSON.stringify(attempt))
    .ltrim(key, -keptAttempts, -1)
    // A log must not vanish between two attempts, however short the result is kept.
    .expire(key, keepSeconds + Math.max(0, Math.ceil(nextMs / 1_000)))
    .exec();
}

/** A job's attempts, oldest first. */
export async function readAttempts(redis: Redis, keys: Keys, jobId: string): Promise<DeliveryAttempt[]> {
  const stored = await redis.lrange(keys.deliveries(jobId), 0, -1);
  return stored.map((text) => deliveryAttemptSchema.parse(JSON.parse(text)));
}
