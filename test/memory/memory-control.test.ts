import { readFile } from "node:fs/promises";
import type { CommandResult, JobAccepted, Memory, MemoryHistory, Problem } from "@precis/contracts";
import { sendCommand } from "@precis/control";
import type { Precis } from "@precis/launcher";
import { connect, redisKeys } from "@precis/redis";
import { startTestRedis } from "@precis/redis/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readWorkers, submit } from "../support/call-api.js";
import { redisProcess } from "../support/processes.js";
import { startPrecis } from "../support/start-precis.js";
import { waitForState } from "../support/wait-for-state.js";

const text = "The library opened a reading room in the old station. It has forty seats and stays open until midnight.";
const get = async <Body>(precis: Precis, path: string) => {
  const response = await fetch(`${precis.url}${path}`);
  return { status: response.status, body: (await response.json()) as Body };
};
const command = async (precis: Precis, verb: "load" | "unload", body?: unknown) => {
  const response = await fetch(`${precis.url}/memory/${verb}`, {
    method: "POST",
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as CommandResult };
};
const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe("the control plane", () => {
  let precis: Precis;
  beforeAll(async () => {
    precis = await startPrecis({ WORKERS: "0", PRELOAD: "bart", LOG_LEVEL: "fatal" });
  });
  afterAll(() => precis.stop());

  it("says so when no worker is alive", async () => {
    expect((await command(precis, "unload")).body).toMatchObject({ status: "no-workers", workers: [], no_answer: [] });
    expect(await get(precis, "/ready")).toMatchObject({ status: 503, body: { status: "no-workers" } });
  });

  it("is starting until what PRELOAD asks for is loaded", async () => {
    expect((await get(precis, "/health")).body).toMatchObject({ status: "starting" });
    precis.addWorker();
    await waitForState(
      () => get<{ status: string }>(precis, "/ready"),
      ({ body }) => body.status === "ready",
    );
    expect((await get(precis, "/health")).body).toMatchObject({ status: "ok" });
    expect((await get<Memory>(precis, "/memory")).body).toMatchObject({
      device: "cpu",
      bart_loaded: true,
      t5_loaded: false,
      cuda_memory_allocated: "0.00 GB",
      cuda_memory_reserved: "0.00 GB",
      totals: { workers: 1, models_loaded: 1 },
    });
  });

  it("warms models, and tells the fleet's state as the answer said", async () => {
    const answer = await command(precis, "load", { models: ["bart", "t5"] });
    expect(answer.body.status).toBe("ok");
    expect(answer.body.workers[0]?.models.map(({ outcome }) => outcome)).toEqual(["already-loaded", "done"]);
    expect((await get<Memory>(precis, "/memory")).body.t5_loaded).toBe(true);
  });

  it("a command is applied once, and by no worker that was cut off until it had expired", async () => {
    const redis = await connect(precis.redis.url, "request");
    const keys = redisKeys("precis");
    const [before] = await readWorkers(precis);
    const supervisor = before?.pid as number;
    process.kill(supervisor, "SIGSTOP");
    const request = { type: "unload" as const, models: ["t5" as const], mode: "drain" as const };
    const late = await sendCommand(redis, keys, request, { timeoutMs: 300 }).finally(() =>
      process.kill(supervisor, "SIGCONT"),
    );
    expect(late).toMatchObject({ status: "partial", workers: [], no_answer: [before?.id] });

    const twice = JSON.stringify({ type: "load", models: ["t5"], id: "twice", expiresAt: Date.now() + 20_000 });
    await redis.publish(keys.commands, twice);
    await redis.publish(keys.commands, twice);
    // Commands are received in order, so once this one is answered the ones before it have been dealt with.
    expect((await command(precis, "load", { models: ["t5"] })).body.workers[0]?.outcome).toBe("done");
    const answers = await redis.lrange(keys.acknowledgements("twice"), 0, -1);
    expect(answers.map((answer) => JSON.parse(answer).models[0].outcome)).toEqual(["already-loaded"]);
    expect(await redis.llen(keys.acknowledgements(late.command))).toBe(0);
    expect((await readWorkers(precis))[0]?.models[1]).toMatchObject({ state: "ready", unloads: 0 });
    redis.disconnect();
  });

  it("an unload answers after the memory is gone, worker by worker, in bytes and milliseconds", async () => {
    const [worker] = await readWorkers(precis);
    const pids = worker?.models.map(({ pid }) => pid as number) ?? [];
    expect(pids.every(isAlive)).toBe(true);
    const { body } = await command(precis, "unload");
    expect(pids.some(isAlive)).toBe(false);
    expect(body).toMatchObject({ status: "ok", no_answer: [], unknown_workers: [] });
    const [entry] = body.workers;
    expect(entry?.id).toBe(worker?.id);
    expect(entry?.models).toHaveLength(2);
    for (const model of entry?.models ?? []) {
      expect(model).toMatchObject({ outcome: "done", rss_after: 0 });
      expect(model.rss_before).toBeGreaterThan(50e6);
    }
    expect(entry?.freed).toBeGreaterThan(100e6);
    expect(entry?.freed).toBe((entry?.rss_before ?? 0) - (entry?.rss_after ?? 0));
    expect(entry?.ms).toBeGreaterThan(0);
    expect((await get<Memory>(precis, "/memory")).body).toMatchObject({ bart_loaded: false, t5_loaded: false });
    expect((await command(precis, "unload")).body.workers[0]?.outcome).toBe("nothing-loaded");
  });

  it("shows a model that finishes its jobs before it exits as draining", async () => {
    const long = await readFile(new URL("../../models/samples/article.txt", import.meta.url), "utf8");
    const accepted = await submit(precis, { text: long.repeat(20), model: "bart" });
    const { id } = (await accepted.json()) as JobAccepted;
    const untilBart = (state: string) =>
      waitForState(
        async () => (await readWorkers(precis))[0]?.models[0],
        (bart) => bart?.state === state,
      );
    await untilBart("busy");
    const unloaded = command(precis, "unload", { models: ["bart"], mode: "graceful" });
    expect(await untilBart("draining")).toMatchObject({ in_flight: 1, pid: expect.any(Number) });
    await fetch(`${precis.url}/api/v1/jobs/${id}/cancel`, { method: "POST" });
    expect((await unloaded).body.status).toBe("ok");
    await untilBart("absent");
  });

  it("names workers that do not exist, and refuses what it does not know", async () => {
    expect((await command(precis, "unload", { workers: ["nobody"] })).body).toMatchObject({
      status: "partial",
      unknown_workers: ["nobody"],
    });
    const wrong = await command(precis, "unload", { mode: "later" });
    expect(wrong.status).toBe(422);
    expect((wrong.body as unknown as Problem).errors?.[0]?.field).toBe("mode");
  });

  it("keep_alive: 0 unloads at once, and what is no duration is refused", async () => {
    const answer = await submit(precis, { text, max_length: 8, min_length: 1, keep_alive: 0 }, 30);
    expect(answer.status).toBe(200);
    const [bart] = await waitForState(
      async () => (await readWorkers(precis))[0]?.models ?? [],
      ([model]) => model?.state === "absent",
    );
    expect(bart?.jobs_done).toBe(1);
    const refused = (await (await submit(precis, { text, keep_alive: "soon" })).json()) as Problem;
    expect(refused.errors?.[0]?.field).toBe("keep_alive");
  });

  it("the last hour can be read: samples and what was decided", async () => {
    const { body } = await get<MemoryHistory>(precis, "/memory/history?since=10m&points=50");
    expect(body.samples.length).toBeGreaterThan(0);
    expect(body.samples.length).toBeLessThanOrEqual(50);
    expect(body.events.filter(({ kind }) => kind === "load").length).toBeGreaterThanOrEqual(3);
    expect(body.events.filter(({ kind }) => kind === "unload").length).toBeGreaterThanOrEqual(2);
    const now = new Date(Date.now() + 1_000).toISOString();
    expect((await get<MemoryHistory>(precis, `/memory/history?since=${now}`)).body.samples).toEqual([]);
    expect((await get(precis, "/memory/history?since=yesterday")).status).toBe(422);
  });

  it("all of it stands in the description of the API", async () => {
    const { body } = await get<{ paths: Record<string, object> }>(precis, "/openapi.json");
    for (const path of ["/memory", "/memory/history", "/memory/load", "/memory/unload", "/health", "/ready"]) {
      expect(Object.keys(body.paths)).toContain(path);
    }
    expect(JSON.stringify(body)).toContain("keep_alive");
  });

  it("writes its telemetry with less than twenty Redis commands a second", async () => {
    const redis = await connect(precis.redis.url, "request");
    const monitor = await redis.monitor();
    let commands = 0;
    monitor.on("monitor", (_: string, [name = "", key = ""]: string[], source: string) => {
      if (source === "lua" || !/^precis:(worker|history|memory-events)/.test(key)) return;
      // Each transaction has a MULTI and an EXEC, which name no key.
      commands += /^(hset|del)$/i.test(name) || key === "precis:memory-events" ? 2 : 1;
    });
    const start = performance.now();
    // A model whose state changes with every job is the worst case.
    for (let job = 0; job < 20; job += 1) await submit(precis, { text, max_length: 4, min_length: 1 }, 30);
    await waitForState(
      async () => performance.now() - start,
      (elapsed) => elapsed > 3_000,
    );
    const seconds = (performance.now() - start) / 1_000;
    monitor.disconnect();
    redis.disconnect();
    expect(commands).toBeGreaterThan(4);
    expect(commands / seconds).toBeLessThan(20);
  });

  it("a worker that dies leaves the list within ten seconds", async () => {
    const [worker] = await readWorkers(precis);
    process.kill(worker?.pid as number, "SIGKILL");
    await waitForState(
      () => readWorkers(precis),
      (workers) => workers.every(({ id }) => id !== worker?.id),
      10_000,
    );
  });
});

it("health and readiness answer fast from a Redis that hangs, and from one that is gone", async () => {
  // Not a private one, which would come back by itself.
  const server = await startTestRedis("request");
  const precis = await startPrecis({ WORKERS: "0", LOG_LEVEL: "silent", REDIS_URL: server.url });
  const pid = await redisProcess(server.url);
  const probe = async () => {
    const start = performance.now();
    expect(await get(precis, "/health")).toMatchObject({ status: 200, body: { status: "ok" } });
    expect(await get(precis, "/ready")).toMatchObject({ status: 503, body: { status: "redis-unavailable" } });
    expect(performance.now() - start).toBeLessThan(5_000);
  };
  try {
    process.kill(pid, "SIGSTOP");
    await probe();
    process.kill(pid, "SIGCONT");
    process.kill(pid, "SIGKILL");
    await waitForState(
      async () => isAlive(pid),
      (alive) => !alive,
    );
    await probe();
    expect((await get<Problem>(precis, "/memory")).body.code).toBe("redis_unavailable");
  } finally {
    await precis.stop();
    await server.stop();
  }
});
