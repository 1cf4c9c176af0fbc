import type { Redis } from "./connection.js";

/** Memory of the server in bytes; `limit` is 0 when it has none. */
export interface MemoryUse {
  used: number;
  limit: number;
}

export async function readMemoryUse(redis: Redis): Promise<MemoryUse> {
  const info = await redis.info("memory");
  const field = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, "m").exec(info)?.[1] ?? 0);
  return { used: field("used_memory"), limit: field("maxmemory") };
}
