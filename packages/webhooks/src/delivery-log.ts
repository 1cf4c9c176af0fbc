import { type DeliveryAttempt, deliveryAttemptSchema } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";

/** Attempts stored for each job: enough for the default schedule of 8 and as many for redeliveries. */
const maxAttempts = 16;

/** Appends an attempt to the log of a job and drops the oldest above the maximum. */
export async function recordAttempt(
  redis: Redis,
  keys: Keys,
  jobId: string,
  attempt: DeliveryAttempt,
  ttlSeconds: number,
): Promise<void> {
  const key = keys.deliveries(jobId);
  const nextMs = attempt.next_attempt_at === undefined ? 0 : Date.parse(attempt.next_attempt_at) - Date.now();
  await redis
    .multi()
    .rpush(key, JSON.stringify(attempt))
    .ltrim(key, -maxAttempts, -1)
    // The log must not expire between two attempts, however short the result TTL is.
    .expire(key, ttlSeconds + Math.max(0, Math.ceil(nextMs / 1_000)))
    .exec();
}

/** Reads the attempts for a job, oldest first. */
export async function readAttempts(redis: Redis, keys: Keys, jobId: string): Promise<DeliveryAttempt[]> {
  const stored = await redis.lrange(keys.deliveries(jobId), 0, -1);
  return stored.map((text) => deliveryAttemptSchema.parse(JSON.parse(text)));
}
