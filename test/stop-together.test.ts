import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startProcess } from "@precis/launcher";
import { connect } from "@precis/redis";
import { expect, it } from "vitest";
import { startPrecis } from "./support/start-precis.js";

const precis = fileURLToPath(new URL("../packages/cli/bin/precis.js", import.meta.url));

/** `precis up` in a new state folder, once it has printed `until`. */
async function startUp(until: string) {
  const home = await mkdtemp(join(tmpdir(), "precis-stop-"));
  const { REDIS_URL: _, ...inherited } = process.env;
  const env = { ...inherited, PORT: "0", PRECIS_HOME: home, LOG_LEVEL: "silent" };
  const child = spawn(process.execPath, [precis, "up"], { env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  let printed = "";
  await new Promise<void>((resolve) => {
    child.stdout.on("data", (data) => {
      printed += data;
      if (printed.includes(until)) resolve();
    });
  });
  const socket = `unix://${join(home, "redis", "redis.sock")}`;
  return { child, ended, socket, printed, remove: () => rm(home, { recursive: true, force: true }) };
}

it("one Ctrl-C, which npm passes on a second time, stops everything that was started", async () => {
  const { child, ended, socket, printed, remove } = await startUp("Ctrl-C stops");
  const url = /http:\/\/[\d.:]+/.exec(printed)?.[0];
  (await connect(socket, "request")).disconnect();

  child.kill("SIGINT");
  // The second one is sent once the first is being obeyed: two that are pending at once would be merged by the system.
  await new Promise<void>((resolve) => {
    child.stdout.on("data", (data) => String(data).includes("Stopping") && resolve());
  });
  child.kill("SIGINT");

  expect(await ended).toBe(0);
  await expect(connect(socket, "request")).rejects.toThrow(/cannot be reached/);
  await expect(fetch(`${url}/health`)).rejects.toThrow();
  await remove();
});

it("SIGTERM, as a service manager sends it, stops everything, also while it is starting", async () => {
  const { child, ended, socket, remove } = await startUp("Starting the API");
  (await connect(socket, "request")).disconnect();
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
  await expect(connect(socket, "request")).rejects.toThrow(/cannot be reached/);
  await remove();
});

it.each(["api", "worker"])("the %s ends when whoever launched it has gone, also while it is starting", async (app) => {
  const idle = await startPrecis({ WORKERS: "0" });
  const entry = fileURLToPath(new URL(`../apps/${app}/dist/main.js`, import.meta.url));
  const env = { ...process.env, PORT: "0", LOG_LEVEL: "silent", REDIS_URL: idle.redis.url };
  const { child, exited } = startProcess(entry, env, "inherit", []);
  child.disconnect();
  await exited;
  await idle.stop();
});

it("API and worker stop when they are told to, though Redis is away", async () => {
  const own = await startPrecis({ LOG_LEVEL: "silent", WEBHOOK_TIMEOUT: "1s" });
  const { pid } = await readServer(own.redis.url);
  process.kill(pid, "SIGKILL");
  const ended = Promise.all([own.api, ...own.workers].map(({ exited }) => exited));
  for (const { child } of [own.api, ...own.workers]) child.kill("SIGTERM");
  expect(await ended).toEqual([0, 0]);
  await own.stop();
});

/** The process that is the Redis at an address. */
async function readServer(url: string): Promise<{ pid: number }> {
  const redis = await connect(url, "request");
  const pid = Number(/process_id:(\d+)/.exec(await redis.info("server"))?.[1]);
  redis.disconnect();
  return { pid };
}
