import { type WebhookBody, webhookBodySchema } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";

/**
 * Keeps the body of an undelivered webhook until its next attempt and an hour more: the job's own result may have
 * expired by then.
 */
export async function keepBody(redis: Redis, keys: Keys, jobId: string, body: WebhookBody, untilMs: number) {
  const ms = Math.max(0, untilMs - Date.now()) + 3_600_000;
  await redis.set(keys.webhookBody(jobId), JSON.stringify(body), "PX", Math.round(ms));
}

export async function readBody(redis: Redis, keys: Keys, jobId: string): Promise<WebhookBody | undefined> {
  const stored = await redis.get(keys.webhookBody(jobId));
  return stored === null ? undefined : webhookBodySchema.parse(JSON.parse(stored));
}

export async function dropBody(redis: Redis, keys: Keys, jobId: string): Promise<void> {
  await redis.del(keys.webhookBody(jobId));
}
