import { randomBytes } from "node:crypto";
import type { Keys, Redis } from "@precis/redis";
import { z } from "zod";

const storedSecretsSchema = z
  .array(
    z.object({
      secret: z.string(),
      /** Unix ms at which a replaced secret stops signing. */
      until: z.number().optional(),
    }),
  )
  .min(1);

/** A replaced secret signs beside the new one for this long, so that endpoints can change over one by one. */
const overlapMs = 24 * 3_600_000;

/** Generates 32 random bytes, in the format of Standard Webhooks. */
export function generateSecret(): string {
  return `whsec_${randomBytes(32).toString("base64")}`;
}

/**
 * The secrets that sign now, newest first: those of `WEBHOOK_SECRET`, or else those stored in Redis, where the first
 * reader creates one.
 */
export async function readSecrets(redis: Redis, keys: Keys, configured?: readonly string[]): Promise<string[]> {
  if (configured !== undefined) return [...configured];
  const stored = (await redis.get(keys.webhookSecrets)) ?? (await createFirst(redis, keys));
  const now = Date.now();
  return storedSecretsSchema
    .parse(JSON.parse(stored))
    .filter(({ until }) => until === undefined || until > now)
    .map(({ secret }) => secret);
}

/** Adds a new secret in front; the previous one signs for another 24 hours. */
export async function rotateSecret(redis: Redis, keys: Keys): Promise<string> {
  const [previous] = await readSecrets(redis, keys);
  const secret = generateSecret();
  const kept = previous === undefined ? [] : [{ secret: previous, until: Date.now() + overlapMs }];
  await redis.set(keys.webhookSecrets, JSON.stringify([{ secret }, ...kept]));
  return secret;
}

async function createFirst(redis: Redis, keys: Keys): Promise<string> {
  const created = JSON.stringify([{ secret: generateSecret() }]);
  // Another process may do the same at this moment: the first write wins, and both read it.
  await redis.set(keys.webhookSecrets, created, "NX");
  return (await redis.get(keys.webhookSecrets)) ?? created;
}
