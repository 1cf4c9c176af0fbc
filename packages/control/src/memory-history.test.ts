import type { WorkerTelemetry } from "@precis/contracts";
import { redisKeys } from "@precis/redis";
import { startTestRedis, type TestRedis } from "@precis/redis/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { publishTelemetry } from "./publish-telemetry.js";
import { readMemoryLines } from "./read-memory-lines.js";
import { readHistory, readWorkers } from "./read-telemetry.js";
import { encodeSample } from "./stored-sample.js";

let server: TestRedis;
beforeAll(async () => {
  server = await startTestRedis("background");
});
afterAll(() => server?.stop());

/** As a real worker with one model loaded writes it. */
function telemetry(id: string, at: number): WorkerTelemetry {
  const counted = { in_flight: 3, loads: 2, unloads: 1, jobs_done: 4_711, jobs_failed: 0, tokens_per_second: 812.4 };
  const used = { loaded_at: at - 60_000, last_used: at - 20 };
  return {
    ...{ id, host: "summaries-7c9f6d", pid: 4_711, version: "0.1.0", started: at - 3_000_000, at, device: "cpu" },
    ...{ status: "running", paused_by: [], rss: 83_652_608, event_loop_lag_ms: 12.4, jobs_done: 4_711, jobs_failed: 0 },
    models: [
      { model: "bart", state: "busy", pid: 4_720, rss: 251_658_240, pss: 246e6, peak_rss: 547e6, ...used, ...counted },
      { model: "t5", state: "absent", rss: 0, peak_rss: 0, ...counted, in_flight: 0, tokens_per_second: 0 },
    ],
    memory: {
      ...{ source: "cgroup", current: 912_680_550, limit: 2_147_483_648, pressure: "none", psi_some_avg10: 0.12 },
      ...{ cgroup: { current: 912_680_550, limit: 2_147_483_648 }, too_small_for: [] },
    },
  };
}

it("a sample comes back as charts show it", async () => {
  const keys = redisKeys("comes-back");
  const at = Date.now();
  await publishTelemetry(server.redis, keys, telemetry("summaries-7c9f6d-4711-a1b2", at));
  expect((await readHistory(server.redis, keys, at - 60_000, 10)).samples).toEqual([
    {
      ...{ at, worker: "summaries-7c9f6d-4711-a1b2", rss: 335_310_848, current: 912_680_550, limit: 2_147_483_648 },
      models: [
        { model: "bart", state: "busy", rss: 251_658_240 },
        { model: "t5", state: "absent", rss: 0 },
      ],
    },
  ]);
});

it("`unloading`, as earlier versions wrote it, is read as `terminating`, in the history and in the list of workers", async () => {
  const keys = redisKeys("earlier-version");
  const at = Date.now();
  const worker = telemetry("earlier", at);
  await publishTelemetry(server.redis, keys, worker);
  const asEarlier = (text: string) => text.replace('"absent"', '"unloading"');
  await server.redis.hset(keys.worker("earlier"), "data", asEarlier(JSON.stringify(worker)));
  await server.redis.xadd(keys.history, "*", "data", asEarlier(encodeSample(worker)));
  expect((await readWorkers(server.redis, keys))[0]?.models[1]?.state).toBe("terminating");
  const { samples } = await readHistory(server.redis, keys, at - 60_000, 10);
  expect(samples.at(-1)?.models[1]?.state).toBe("terminating");
});

it("an hour of a worker takes less than 300 kB of Redis", async () => {
  const key = "an-hour";
  const now = Date.now();
  const pipeline = server.redis.pipeline();
  for (let at = now - 3_600_000; at < now; at += 2_000) {
    pipeline.xadd(key, at, "data", encodeSample(telemetry("summaries-7c9f6d-4711-a1b2", at)));
  }
  await pipeline.exec();
  expect(await server.redis.xlen(key)).toBe(1_800);
  const bytes = (await server.redis.memory("USAGE", key, "SAMPLES", 0)) as number;
  expect(bytes).toBeLessThan(300_000);
});

it("what another version wrote is left out", async () => {
  const keys = redisKeys("another-version");
  const at = Date.now();
  const data = encodeSample(telemetry("present", at));
  const longer = JSON.stringify([...(JSON.parse(data) as unknown[]), "more"]);
  for (const entry of [JSON.stringify(telemetry("past", at)), longer, "{}", data]) {
    await server.redis.xadd(keys.history, "*", "worker", "w", "data", entry);
  }
  const { samples } = await readHistory(server.redis, keys, at - 60_000, 10);
  expect(samples.map(({ worker }) => worker)).toEqual(["present"]);
});

it("workers that have gone crowd nobody out of the last hour", async () => {
  const keys = redisKeys("crowded");
  const start = Date.now() - 60_000;
  const write = async (at: number, workers: string[]) => {
    const pipeline = server.redis.pipeline();
    for (const [index, id] of workers.entries()) {
      pipeline.xadd(keys.history, `${at}-${index}`, "data", encodeSample(telemetry(id, at)));
    }
    await pipeline.exec();
  };
  // A hundred workers, one of which stays; the others go.
  const gone = Array.from({ length: 99 }, (_, index) => `gone-${index}`);
  for (let at = start; at < start + 20_000; at += 2_000) await write(at, [...gone, "stays"]);
  for (let at = start + 20_000; at < start + 60_000; at += 2_000) await write(at, ["stays"]);
  const times = [start, start + 10_000, start + 20_000, start + 40_000];
  const { workers } = await readMemoryLines(server.redis, keys, times);
  expect(Object.keys(workers)).toHaveLength(100);
  expect(workers.stays).toEqual([335_310_848, 335_310_848, 335_310_848, 335_310_848]);
  expect(workers["gone-98"]).toEqual([335_310_848, 335_310_848, null, null]);
});
