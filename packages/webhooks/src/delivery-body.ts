import { type WebhookBody, webhookBodySchema } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";

/**
 * Stores the body of an undelivered webhook until an hour after its next attempt, because the result of the job may
 * expire before that.
 */
export async function storeBody(redis: Redis, keys: Keys, jobId: string, body: WebhookBody, untilMs: number) {
  const ms = Math.max(0, untilMs - Date.now()) + 3_600_000;
  await redis.set(keys.webhookBody(jobId), JSON.stringify(body), "PX", Math.round(ms));
}

export async function readStoredBody(redis: Redis, keys: Keys, jobId: string): Promise<WebhookBody | undefined> {
  const stored = await redis.get(keys.webhookBody(jobId));
  return stored === null ? undefined : webhookBodySchema.parse(JSON.parse(stored));
}

export async function deleteStoredBody(redis: Redis, keys: Keys, jobId: string): Promise<void> {
  await redis.del(keys.webhookBody(jobId));
}
