import type { MemoryEvent } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";

const eventsMs = 3_600_000;

/** Adds a memory decision to the capped stream of the last hour. */
export async function publishMemoryEvent(redis: Redis, keys: Keys, event: MemoryEvent): Promise<void> {
  await redis
    .multi()
    .xadd(keys.memoryEvents, "MINID", "~", event.at - eventsMs, "*", "data", JSON.stringify(event))
    .pexpire(keys.memoryEvents, eventsMs)
    .exec();
}
