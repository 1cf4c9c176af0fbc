import { jobDataSchema } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";
import { summarizeQueueName } from "../bullmq/queue-names.js";

/** Whose job it is; `owner` is absent for one submitted without a key, and all of it when there is no such job. */
export async function readOwner(redis: Redis, keys: Keys, id: string): Promise<{ owner?: string } | undefined> {
  const data = await redis.hget(`${keys.prefix}:${summarizeQueueName}:${id}`, "data");
  if (data === null) return undefined;
  const { owner } = jobDataSchema.parse(JSON.parse(data));
  return owner === undefined ? {} : { owner };
}
