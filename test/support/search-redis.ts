import type { Redis } from "@precis/redis";

/** Every key whose name or content holds one of the strings, over all types. */
export async function searchRedis(redis: Redis, needles: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  let cursor = "0";
  do {
    const [next, keys] = await redis.scan(cursor, "COUNT", 1_000);
    cursor = next;
    for (const key of keys) {
      const content = `${key} ${JSON.stringify(await contentOf(redis, key))}`;
      if (needles.some((needle) => content.includes(needle))) found.push(key);
    }
  } while (cursor !== "0");
  return found;
}

async function contentOf(redis: Redis, key: string): Promise<unknown> {
  switch (await redis.type(key)) {
    case "string":
      return redis.get(key);
    case "hash":
      return redis.hgetall(key);
    case "list":
      return redis.lrange(key, 0, -1);
    case "set":
      return redis.smembers(key);
    case "zset":
      return redis.zrange(key, "0", "-1");
    case "stream":
      return redis.xrange(key, "-", "+");
    default:
      return undefined;
  }
}
