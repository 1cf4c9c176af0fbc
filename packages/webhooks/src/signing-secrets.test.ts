import { type Redis, redisKeys } from "@precis/redis";
import { startTestRedis, type TestRedis } from "@precis/redis/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSecrets, rotateSecret } from "./signing-secrets.js";

let server: TestRedis;
let redis: Redis;

beforeAll(async () => {
  server = await startTestRedis("request");
  redis = server.redis;
});
afterAll(async () => {
  await server.stop();
});

describe("signing secrets", () => {
  it("are created once, however many processes read them first", async () => {
    const keys = redisKeys("first");
    const read = await Promise.all(Array.from({ length: 20 }, () => readSecrets(redis, keys)));
    expect(new Set(read.flat()).size).toBe(1);
    expect(read[0]?.[0]).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  });

  it("that were replaced sign beside the new one for a day", async () => {
    const keys = redisKeys("rotate");
    const [old] = await readSecrets(redis, keys);
    const replaced = await rotateSecret(redis, keys);
    expect(await readSecrets(redis, keys)).toEqual([replaced, old]);
    const expired = JSON.stringify([{ secret: replaced }, { secret: old, until: Date.now() - 1 }]);
    await redis.set(keys.webhookSecrets, expired);
    expect(await readSecrets(redis, keys)).toEqual([replaced]);
  });

  it("of the setting replace those in Redis", async () => {
    expect(await readSecrets(redis, redisKeys("set"), ["whsec_a", "whsec_b"])).toEqual(["whsec_a", "whsec_b"]);
    expect(await redis.exists(redisKeys("set").webhookSecrets)).toBe(0);
  });
});
