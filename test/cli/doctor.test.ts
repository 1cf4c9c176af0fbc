import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sendCommand } from "@precis/control";
import type { Precis } from "@precis/launcher";
import { connect, redisKeys } from "@precis/redis";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startPrecis } from "../support/start-precis.js";

const cli = fileURLToPath(new URL("../../packages/cli/bin/precis.js", import.meta.url));
let precis: Precis;

beforeAll(async () => {
  precis = await startPrecis();
});
afterAll(() => precis.stop());

interface Report {
  ok: boolean;
  findings: { check: string; ok: boolean; found: string; advice?: string }[];
}

function doctor(settings: Record<string, string> = {}): Promise<{ code: number; report: Report }> {
  const env = { ...process.env, REDIS_URL: precis.redis.url, PRECIS_URL: precis.url, ...settings };
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, "doctor", "--json"], { env }, (error, stdout) =>
      resolve({ code: Number(error?.code ?? 0), report: JSON.parse(stdout) }),
    );
  });
}
const wrong = ({ findings }: Report) => findings.filter(({ ok }) => !ok);

it("all is well: everything was looked at, and the exit code is 0", async () => {
  const { code, report } = await doctor();
  expect(wrong(report)).toEqual([]);
  expect(code).toBe(0);
  const checks = report.findings.map(({ check }) => check.replace(/ vm.*| [\w.-]+-\d+-\w+$/, ""));
  for (const check of [
    "settings",
    "redis",
    "persistence",
    "redis memory",
    "port",
    "device",
    "model set",
    "model bart",
    "model t5",
    "memory",
    "worker",
  ]) {
    expect(checks).toContain(check);
  }
});

it("a damaged model file is named with what was expected and found", async () => {
  const folder = await mkdtemp(join(tmpdir(), "precis-doctor-"));
  await cp(fileURLToPath(new URL("../../models/mini", import.meta.url)), folder, { recursive: true });
  const file = join(folder, "t5", "tokenizer_config.json");
  const content = await readFile(file, "utf8");
  await writeFile(file, content.replace(/.$/s, " "));
  const { code, report } = await doctor({ MODEL_SET: folder });
  expect(code).toBe(1);
  expect(wrong(report)).toHaveLength(1);
  expect(wrong(report)[0]).toMatchObject({ check: "model t5" });
  expect(wrong(report)[0]?.found).toMatch(/tokenizer_config\.json: expected SHA-256 \w+, found SHA-256/);
  await rm(folder, { recursive: true });
});

it("a paused worker, a device that is missing, and a limit too low are told with advice", async () => {
  const redis = await connect(precis.redis.url, "request");
  const pause = (paused: boolean) =>
    sendCommand(redis, redisKeys("precis"), { type: "pause", paused }, { timeoutMs: 10_000 });
  await pause(true);
  const { code, report } = await doctor({ DEVICE: "cuda", MEMORY_LIMIT: "300MB" });
  await pause(false);
  redis.disconnect();
  expect(code).toBe(1);
  expect(wrong(report).map(({ check }) => check.split(" ")[0])).toEqual(["device", "memory", "worker"]);
  for (const { advice } of wrong(report)) expect(advice?.length).toBeGreaterThan(20);
  expect(wrong(report)[2]?.advice).toMatch(/paused \(operator\)/);
});

it("a Redis that may lose jobs, another program on the port, and no Redis at all", async () => {
  const redis = await connect(precis.redis.url, "request");
  await redis.config("SET", "maxmemory-policy", "allkeys-lru");
  await redis.config("SET", "appendonly", "no");
  const stranger = createServer((_, response) => response.end("hello"));
  await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
  const { port } = stranger.address() as AddressInfo;
  const { report } = await doctor({ PRECIS_URL: `http://127.0.0.1:${port}` });
  await redis.config("SET", "maxmemory-policy", "noeviction");
  await redis.config("SET", "appendonly", "yes");
  redis.disconnect();
  expect(wrong(report).map(({ check }) => check)).toEqual(["redis", "persistence", "port"]);

  const { code, report: gone } = await doctor({ REDIS_URL: `redis://127.0.0.1:${port}` });
  stranger.close();
  expect(code).toBe(1);
  expect(wrong(gone).map(({ check }) => check)).toEqual(["redis"]);
});

it("settings that are wrong are all told at once", async () => {
  const { code, report } = await doctor({ MEMORY_LIMIT: "lots", DEVICE: "tpu" });
  expect(code).toBe(1);
  expect(wrong(report)).toHaveLength(2);
});
