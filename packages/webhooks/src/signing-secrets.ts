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

/** How long a replaced secret goes on signing beside the new one. */
const overlapMs = 24 * 3_600_000;

/** 32 random bytes in the form of Standard Webhooks. */
export function newSecret(): string {
  return `whsec_${randomBytes(32).toString("base64")}`;
}

/**
 * The secrets that sign now, newest first: those of the setting, or, without it, those kept in Redis, where the first
 * reader makes one.
 */
export async function readSecrets(redis: Redis, keys: Keys, configured?: readonly string[]): Promise<string[]> {
  if (configured !== undefined) return [...configured];
  const stored = (await redis.get(keys.webhookSecrets)) ?? (await makeFirst(redis, keys));
  const now = Date.now();
  return storedSecretsSchema
    .parse(JSON.parse(stored))
    .filter(({ until }) => until === undefined || until > now)
    .map(({ secret }) => secret);
}

/** Puts a new secret in front; the one before it signs too for 24 hours more. */
export async function rotateSecret(redis: Redis, keys: Keys): Promise<string> {
  const [previous] = await readSecrets(redis, keys);
  const secret = newSecret();
  const kept = previous === undefined ? [] : [{ secret: previous, until: Date.now() + overlapMs }];
  await redis.set(keys.webhookSecrets, JSON.stringify([{ secret }, ...kept]));
  return secret;
}

async function makeFirst(redis: Redis, keys: Keys): Promise<string> {
  const made = JSON.stringify([{ secret: newSecret() }]);
  // Somebody else may be making one at the same time: whoever is first wins.
  await redis.set(keys.webhookSecrets, made, "NX");
  return (await redis.get(keys.webhookSecrets)) ?? made;
}
