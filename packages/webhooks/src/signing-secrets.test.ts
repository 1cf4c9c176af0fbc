import { type Redis, redisKeys } from "@precis/redis";
import { startTestRedis, type TestRedis } from "@precis/redis/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { endpointHealth } from "./endpoint-health.js";
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

describe("secrets", () => {
  it("are made once, however many ask first", async () => {
    const keys = redisKeys("first");
    const read = await Promise.all(Array.from({ length: 20 }, () => readSecrets(redis, keys)));
    expect(new Set(read.flat()).size).toBe(1);
    expect(read[0]?.[0]).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  });

  it("that are replaced sign beside the new one for a day", async () => {
    const keys = redisKeys("rotate");
    const [old] = await readSecrets(redis, keys);
    const replaced = await rotateSecret(redis, keys);
    expect(await readSecrets(redis, keys)).toEqual([replaced, old]);
    const expired = JSON.stringify([{ secret: replaced }, { secret: old, until: Date.now() - 1 }]);
    await redis.set(keys.webhookSecrets, expired);
    expect(await readSecrets(redis, keys)).toEqual([replaced]);
  });

  it("of the setting count alone", async () => {
    expect(await readSecrets(redis, redisKeys("set"), ["whsec_a", "whsec_b"])).toEqual(["whsec_a", "whsec_b"]);
    expect(await redis.exists(redisKeys("set").webhookSecrets)).toBe(0);
  });
});

describe("an endpoint", () => {
  const limits = { failures: 3, afterMs: 0, probeEveryMs: 1_000 };

  it("is paused after failures in a row only, and one caller at a time gets the probe", async () => {
    const of = (path: string) => endpointHealth(redis, redisKeys("health"), `https://hooks.example${path}`, limits);
    const endpoint = of("/a?secret=1");
    expect([await endpoint.fail(), await endpoint.fail(), await endpoint.succeed()]).toEqual([
      "failing",
      "failing",
      "active",
    ]);
    expect([await endpoint.fail(), await endpoint.fail(), await endpoint.fail()]).toEqual([
      "failing",
      "failing",
      "paused",
    ]);
    expect((await of("/a").admit()).admitted).toBe(false);
    expect((await of("/b").admit()).admitted).toBe(true);
    await redis.hset(await keyOf("health"), "probeAt", Date.now() - 1);
    const admitted = await Promise.all(Array.from({ length: 10 }, () => of("/a").admit()));
    expect(admitted.filter((one) => one.admitted)).toHaveLength(1);
    expect(await endpoint.fail()).toBe("failing");
    expect((await endpoint.read()).state).toBe("paused");
    expect(await endpoint.succeed()).toBe("resumed");
    expect(await endpoint.read()).toEqual({ state: "active", consecutive_failures: 0 });
  });

  const keyOf = async (prefix: string) =>
    (await redis.keys(`${prefix}:webhook-endpoint:*`)).find((key) => !key.endsWith(":probe")) as string;
});
