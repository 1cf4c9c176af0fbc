import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connect } from "@precis/redis";
import { expect, it } from "vitest";

const precis = fileURLToPath(new URL("../packages/cli/bin/precis.js", import.meta.url));

it("one Ctrl-C, which npm passes on a second time, stops everything that was started", async () => {
  const home = await mkdtemp(join(tmpdir(), "precis-stop-"));
  const { REDIS_URL: _, ...inherited } = process.env;
  const env = { ...inherited, PORT: "0", PRECIS_HOME: home, LOG_LEVEL: "silent" };
  const child = spawn(process.execPath, [precis, "up"], { env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  let printed = "";
  await new Promise<void>((resolve) => {
    child.stdout.on("data", (data) => {
      printed += data;
      if (printed.includes("Ctrl-C stops")) resolve();
    });
  });
  const url = /http:\/\/[\d.:]+/.exec(printed)?.[0];
  const socket = `unix://${join(home, "redis", "redis.sock")}`;
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
  await rm(home, { recursive: true, force: true });
});
