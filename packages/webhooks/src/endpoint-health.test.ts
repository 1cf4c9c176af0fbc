import { type Redis, redisKeys } from "@precis/redis";
import { startTestRedis, type TestRedis } from "@precis/redis/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { trackEndpoint } from "./endpoint-health.js";

let server: TestRedis;
let redis: Redis;

beforeAll(async () => {
  server = await startTestRedis("request");
  redis = server.redis;
});
afterAll(async () => {
  await server.stop();
});

describe("an endpoint", () => {
  const limits = { failures: 3, afterMs: 0, probeEveryMs: 1_000 };

  it("is paused after consecutive failures only, and one caller at a time is admitted to probe it", async () => {
    const of = (path: string) => trackEndpoint(redis, redisKeys("health"), `https://hooks.example${path}`, limits);
    const endpoint = of("/a?secret=1");
    expect([await endpoint.recordFailure(), await endpoint.recordFailure(), await endpoint.recordSuccess()]).toEqual([
      "failing",
      "failing",
      "active",
    ]);
    expect([await endpoint.recordFailure(), await endpoint.recordFailure(), await endpoint.recordFailure()]).toEqual([
      "failing",
      "failing",
      "paused",
    ]);
    expect((await of("/a").admit()).admitted).toBe(false);
    expect((await of("/b").admit()).admitted).toBe(true);
    await redis.hset(await keyOf("health"), "probeAt", Date.now() - 1);
    const admitted = await Promise.all(Array.from({ length: 10 }, () => of("/a").admit()));
    expect(admitted.filter((one) => one.admitted)).toHaveLength(1);
    expect(await endpoint.recordFailure()).toBe("failing");
    expect((await endpoint.read()).state).toBe("paused");
    expect(await endpoint.recordSuccess()).toBe("resumed");
    expect(await endpoint.read()).toEqual({ state: "active", consecutive_failures: 0 });
  });

  const keyOf = async (prefix: string) =>
    (await redis.keys(`${prefix}:webhook-endpoint:*`)).find((key) => !key.endsWith(":probe")) as string;
});
