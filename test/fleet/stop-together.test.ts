import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { readWorkers } from "@precis/control";
import { startProcess } from "@precis/launcher";
import { isServerReady, redisKeys } from "@precis/redis";
import { startTestRedis } from "@precis/redis/testing";
import { expect, it } from "vitest";
import { childrenOf, isRunning, redisProcess } from "../support/processes.js";
import { startPrecis } from "../support/start-precis.js";
import { startUp } from "../support/start-up.js";
import { waitForState } from "../support/wait-for-state.js";

it("one Ctrl-C, which npm passes on a second time, stops everything that was started", async () => {
  const { child, ended, redisUrl, printed, url, remove } = await startUp("Ctrl-C stops");
  expect(await isServerReady(redisUrl)).toBe(true);

  child.kill("SIGINT");
  // The second one is sent once the first is being obeyed: two that are pending at once would be merged by the system.
  await printed("Stopping");
  child.kill("SIGINT");

  expect(await ended).toBe(0);
  expect(await isServerReady(redisUrl)).toBe(false);
  await expect(fetch(`${url()}/health`)).rejects.toThrow();
  await remove();
});

it.each(["SIGTERM", "SIGHUP"] as const)("%s stops everything, also while it is starting", async (signal) => {
  // A service manager sends the one, a terminal that is closed the other.
  for (const moment of ["Looking for Redis", "Starting the API", "Healthy"]) {
    const { child, ended, redisUrl, remove } = await startUp(moment);
    const started = childrenOf(child.pid);
    child.kill(signal);
    expect(await ended).toBe(0);
    expect(started.filter(isRunning)).toEqual([]);
    expect(await isServerReady(redisUrl)).toBe(false);
    await remove();
  }
});

it.each(["api", "worker"])("the %s ends when whoever launched it has gone, also while it is starting", async (app) => {
  const idle = await startPrecis({ WORKERS: "0" });
  const entry = fileURLToPath(new URL(`../../apps/${app}/dist/main.js`, import.meta.url));
  const env = { ...process.env, PORT: "0", LOG_LEVEL: "silent", REDIS_URL: idle.redis.url };
  const { child, exited } = startProcess(entry, env, "inherit", []);
  child.disconnect();
  await exited;
  await idle.stop();
});

it("a worker that is told to stop while it preloads stops in order, and leaves no process behind", async () => {
  const server = await startTestRedis("request");
  const entry = fileURLToPath(new URL("../../apps/worker/dist/main.js", import.meta.url));
  const env = { ...process.env, LOG_LEVEL: "silent", PRELOAD: "bart,t5", REDIS_URL: server.url };
  const { child, exited } = startProcess(entry, env, "inherit", []);
  const [worker] = await waitForState(
    () => readWorkers(server.redis, redisKeys("precis")),
    (workers) =>
      workers.some(({ models }) => models.some(({ state, pid }) => state === "loading" && pid !== undefined)),
  );
  const pids = worker?.models.flatMap(({ pid }) => pid ?? []) ?? [];
  expect(pids.length).toBeGreaterThan(0);
  child.kill("SIGTERM");
  expect(await exited).toBe(0);
  expect(await readWorkers(server.redis, redisKeys("precis"))).toEqual([]);
  expect(pids.filter(isRunning)).toEqual([]);
  await server.stop();
});

it.each(["api", "worker"])("the %s ends at once when it is told to while it starts", async (app) => {
  const entry = fileURLToPath(new URL(`../../apps/${app}/dist/main.js`, import.meta.url));
  // A server that accepts connections and says nothing, so that the start takes long.
  const silent = createServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as AddressInfo;
  const env = { ...process.env, PORT: "0", LOG_LEVEL: "silent", REDIS_URL: `redis://127.0.0.1:${port}` };
  const connected = once(silent, "connection");
  const { child, exited } = startProcess(entry, env, "inherit", []);
  await connected;
  child.kill("SIGTERM");
  expect(await exited).toBe(0);
  silent.close();
});

it("API and worker stop when they are told to, though Redis is away", async () => {
  const server = await startTestRedis("request");
  const processes = ["api", "worker"].map((app) => {
    const entry = fileURLToPath(new URL(`../../apps/${app}/dist/main.js`, import.meta.url));
    const env = { ...process.env, PORT: "0", LOG_LEVEL: "silent", WEBHOOK_TIMEOUT: "1s", REDIS_URL: server.url };
    return startProcess(entry, env, "inherit", []);
  });
  const [api] = processes;
  const listening = new Promise((resolve) => api?.child.once("message", resolve));
  await waitForState(
    () => readWorkers(server.redis, redisKeys("precis")),
    ([worker]) => worker?.status === "running",
  );
  await listening;
  process.kill(await redisProcess(server.url), "SIGKILL");
  for (const { child } of processes) child.kill("SIGTERM");
  expect(await Promise.all(processes.map(({ exited }) => exited))).toEqual([0, 0]);
  await server.stop();
});
