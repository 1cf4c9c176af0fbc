import { spawn } from "node:child_process";
import { chmod, cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { JobView, Memory } from "@precis/contracts";
import { findOrStartRedis, isServerReady } from "@precis/redis";
import { expect, it, onTestFinished } from "vitest";
import { readJob, readWorkers, submitAccepted } from "../support/call-api.js";
import { parseMetrics } from "../support/parse-metrics.js";
import { childrenOf, isRunning, redisProcess } from "../support/processes.js";
import { startPrecis } from "../support/start-precis.js";
import { startUp, type Up } from "../support/start-up.js";
import { waitForState } from "../support/wait-for-state.js";

const article = await readFile(new URL("../../models/samples/article.txt", import.meta.url), "utf8");
/** Long enough that it is still running when it is interrupted. */
const long = Array.from({ length: 30 }, (_, part) => `Part ${part}. ${article}`).join("\n\n");

async function started(settings: Record<string, string> = {}): Promise<Up> {
  const up = await startUp("Ctrl-C stops", settings);
  onTestFinished(() => up.remove());
  return up;
}

interface Parts {
  redis: number;
  worker: number;
  api: number;
}

/** The processes of `precis up`, once all of them work. */
async function partsOf(up: Up): Promise<Parts> {
  const { pid: worker } = (await waitForState(
    async () => (await readWorkers({ url: up.url() }).catch(() => [])).find(({ pid }) => isRunning(pid)),
    (found) => found !== undefined,
  )) as { pid: number };
  const redis = await redisProcess(up.redisUrl);
  const api = childrenOf(up.child.pid).find((pid) => pid !== worker && pid !== redis);
  return { redis, worker, api: api as number };
}

const kill = (...pids: number[]) => {
  for (const pid of pids) process.kill(pid, "SIGKILL");
};

const untilReady = (up: Up) =>
  waitForState(
    () => fetch(`${up.url()}/ready`).catch(() => undefined),
    (answer) => answer?.ok === true,
  );

async function summarize(up: Up): Promise<JobView> {
  const accepted = await waitForState(
    () => submitAccepted({ url: up.url() }, { text: article, model: "t5" }).catch(() => undefined),
    (job) => job !== undefined,
  );
  return untilCompleted(up, accepted?.id as string);
}

const untilCompleted = (up: Up, id: string) =>
  waitForState(
    () => readJob({ url: up.url() }, id, 10).catch(() => ({ status: "unknown" }) as unknown as JobView),
    ({ status }) => status === "completed",
  );

async function restartsOf({ url }: { url: string }) {
  const samples = parseMetrics(await (await fetch(`${url}/metrics`)).text());
  const of = (part: string) =>
    samples.find(({ name, labels }) => name === "precis_process_restarts_total" && labels.part === part)?.value;
  return { api: of("api"), worker: of("worker"), redis: of("redis") };
}

it("each part that is killed comes back, with one line in the log, and is counted", async () => {
  const up = await started();
  const before = await partsOf(up);
  for (const [part, name] of [
    ["worker", "Worker 1"],
    ["api", "The API"],
    ["redis", "The private Redis"],
  ] as const) {
    kill(before[part]);
    await up.printed(`${name} was killed by SIGKILL; next start in 0.25 s`);
    await untilReady(up);
    expect((await summarize(up)).summary).toBeTruthy();
  }
  const after = await partsOf(up);
  for (const part of ["redis", "worker", "api"] as const) expect(after[part]).not.toBe(before[part]);
  await waitForState(
    () => restartsOf({ url: up.url() }),
    (counts) => counts.api === 1 && counts.worker === 1 && counts.redis === 1,
  );
  const { totals } = (await (await fetch(`${up.url()}/memory`)).json()) as Memory;
  expect(totals.process_restarts).toEqual({ api: 1, worker: 1, redis: 1 });
  expect(up.output().split("next start in")).toHaveLength(4);

  up.child.kill("SIGTERM");
  expect(await up.ended).toBe(0);
  expect(await isServerReady(up.redisUrl)).toBe(false);
});

it("killed together they all come back, and the jobs that were accepted are done", async () => {
  const up = await started();
  const ids = await Promise.all(
    Array.from({ length: 6 }, async (_, index) => {
      const text = `${index}. ${article}`;
      return (await submitAccepted({ url: up.url() }, { text, model: "bart" })).id;
    }),
  );
  const { redis, api, worker } = await partsOf(up);
  kill(redis, api, worker);
  await untilReady(up);
  for (const id of ids) expect((await untilCompleted(up, id)).summary).toBeTruthy();
  const again = await partsOf(up);
  kill(again.api, again.worker);
  await untilReady(up);
  expect((await summarize(up)).summary).toBeTruthy();
  up.child.kill("SIGINT");
  expect(await up.ended).toBe(0);
});

it("a crash loop is given up with the reason, and everything is stopped", async () => {
  const models = await mkdtemp(join(tmpdir(), "precis-models-"));
  onTestFinished(() => rm(models, { recursive: true, force: true }));
  await cp(fileURLToPath(new URL("../../models/mini", import.meta.url)), models, { recursive: true });
  const up = await started({ MODEL_SET: models });
  const { worker, api, redis } = await partsOf(up);
  await rm(models, { recursive: true });
  kill(worker);
  expect(await up.ended).toBe(1);
  expect(up.output()).toMatch(/Worker 1 ended with code 1; next start in 4 s\n/);
  expect(up.output()).toMatch(
    /precis: Worker 1 ended with code 1; that was the 8th crash in a row, so Precis gives up\. Stopping everything/,
  );
  expect([api, redis].filter(isRunning)).toEqual([]);
});

/** A folder for PATH whose redis-server fails once `break` was called. */
async function breakableRedis() {
  const folder = await mkdtemp(join(tmpdir(), "precis-path-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const write = async (body: string) => {
    await writeFile(join(folder, "redis-server"), `#!/bin/sh\n${body}\n`);
    await chmod(join(folder, "redis-server"), 0o700);
  };
  const rest = process.env.PATH ?? "";
  await write(`PATH='${rest}' exec redis-server "$@"`);
  return { path: `${folder}${delimiter}${rest}`, break: () => write("exit 7") };
}

it("SIGTERM ends everything soon, in order and without orphans, while Redis is away and cannot come back", async () => {
  const server = await breakableRedis();
  const up = await started({ PATH: server.path });
  const { redis, api, worker } = await partsOf(up);
  const models = childrenOf(worker);
  await server.break();
  kill(redis);
  await up.printed("ended with code 7");
  const began = Date.now();
  up.child.kill("SIGTERM");
  expect(await up.ended).toBe(0);
  expect(Date.now() - began).toBeLessThan(10_000);
  expect([api, worker, ...models].filter(isRunning)).toEqual([]);
});

it("SIGTERM between a crash and the next start stops everything", async () => {
  const up = await started();
  const { redis, api, worker } = await partsOf(up);
  kill(worker, api);
  await up.printed("next start in", 2);
  up.child.kill("SIGTERM");
  expect(await up.ended).toBe(0);
  expect(isRunning(redis)).toBe(false);
  await expect(fetch(`${up.url()}/health`)).rejects.toThrow();
});

it("SIGTERM ends everything soon though Redis hangs", async () => {
  const up = await started();
  const { redis, api, worker } = await partsOf(up);
  process.kill(redis, "SIGSTOP");
  up.child.kill("SIGTERM");
  expect(await up.ended).toBe(0);
  expect([api, worker, redis].filter(isRunning)).toEqual([]);
});

it("processes that die while the Redis at REDIS_URL is away wait for it, and are not given up", async () => {
  const home = await mkdtemp(join(tmpdir(), "precis-redis-"));
  const redis = await findOrStartRedis({ home, path: process.env.PATH ?? "" });
  onTestFinished(async () => {
    await redis.stop();
    await rm(home, { recursive: true, force: true });
  });
  const up = await started({ REDIS_URL: redis.url });
  const parts = childrenOf(up.child.pid);
  const gone = redis.server?.ended();
  kill(await redisProcess(redis.url));
  await gone;
  kill(...parts);
  await up.printed("next start in", 2);
  await redis.server?.start();
  await untilReady(up);
  up.child.kill("SIGTERM");
  expect(await up.ended).toBe(0);
  expect(await isServerReady(redis.url)).toBe(true);
});

it("a Redis that crashes again and again ends everything, with the end of its log", async () => {
  const server = await breakableRedis();
  const up = await started({ PATH: server.path });
  const { redis, api, worker } = await partsOf(up);
  await server.break();
  kill(redis);
  expect(await up.ended).toBe(1);
  expect(up.output()).toMatch(/precis: The private Redis did not start: .*ended with code 7.*8th crash in a row/);
  expect([api, worker].filter(isRunning)).toEqual([]);
});

it("when precis up itself is killed its processes end, and the next one takes its Redis over", async () => {
  const up = await started();
  const { redis, api, worker } = await partsOf(up);
  const models = childrenOf(worker);
  up.child.kill("SIGKILL");
  await waitForState(
    async () => [api, worker, ...models].filter(isRunning),
    (left) => left.length === 0,
  );
  expect(isRunning(redis)).toBe(true);
  const next = await started({ PRECIS_HOME: up.home });
  expect((await partsOf(next)).redis).toBe(redis);
  kill(redis);
  await next.printed("The private Redis ended; next start in");
  await untilReady(next);
  next.child.kill("SIGTERM");
  expect(await next.ended).toBe(0);
  expect(await isServerReady(next.redisUrl)).toBe(false);
});

it("a second precis up in the same state folder is refused at once, and disturbs nobody", async () => {
  const up = await started();
  const parts = await partsOf(up);
  const refused = await startUp("never", { PRECIS_HOME: up.home }).catch((error: Error) => error.message);
  expect(refused).toContain("ended with 1 before");
  expect(refused).toMatch(
    new RegExp(
      `precis: The state folder ${up.home} is in use by another Precis \\(process ${up.child.pid}\\): stop that one, .*PRECIS_HOME`,
    ),
  );
  expect(await partsOf(up)).toEqual(parts);
});

it("of two that start at once in one state folder, one runs", async () => {
  const home = await mkdtemp(join(tmpdir(), "precis-up-"));
  const both = await Promise.allSettled([1, 2].map(() => startUp("Healthy", { PRECIS_HOME: home })));
  const running = both.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  onTestFinished(async () => {
    for (const up of running) await up.remove();
  });
  expect(running).toHaveLength(1);
  expect(String(both.find(({ status }) => status === "rejected")?.["reason" as never])).toContain("is in use by");
});

it("a closed standard output ends nothing", async () => {
  const up = await started();
  const { worker } = await partsOf(up);
  up.child.stdout?.destroy();
  up.child.stderr?.destroy();
  kill(worker);
  await waitForState(
    () => partsOf(up),
    (now) => now.worker !== worker,
  );
  up.child.kill("SIGTERM");
  expect(await up.ended).toBe(0);
});

it("replacing processes on purpose is no crash, and what is replaced is watched again", async () => {
  const precis = await startPrecis();
  onTestFinished(() => precis.stop());
  const pids = () => [precis.api, ...precis.workers].map(({ child }) => child.pid as number);
  const before = pids();
  await precis.restart();
  const after = pids();
  expect(after.filter((pid) => before.includes(pid))).toEqual([]);
  expect(await restartsOf(precis)).toEqual({ api: 0, worker: 0, redis: 0 });

  precis.addWorker();
  expect(precis.workers).toHaveLength(2);
  const killed = pids();
  kill(...killed);
  await waitForState(
    async () => pids(),
    (now) => now.every((pid) => !killed.includes(pid)),
  );
  const { pid } = precis.workers[1]?.child ?? {};
  await waitForState(
    () => readWorkers(precis).catch(() => []),
    (workers) => workers.some((worker) => worker.pid === pid),
  );
});

it("a replacement that fails at its start says so, and the next one is tried", async () => {
  const models = await mkdtemp(join(tmpdir(), "precis-models-"));
  const mini = fileURLToPath(new URL("../../models/mini", import.meta.url));
  await cp(mini, models, { recursive: true });
  const precis = await startPrecis({ MODEL_SET: models, LOG_LEVEL: "silent" });
  onTestFinished(async () => {
    await precis.stop();
    await rm(models, { recursive: true, force: true });
  });
  await rm(models, { recursive: true });
  await expect(precis.restart()).rejects.toThrow("Worker 1 ended with code 1 at its start; its log says why");
  await cp(mini, models, { recursive: true });
  await precis.restart();
  expect((await fetch(`${precis.url}/ready`)).status).toBe(200);
});

it("a model process whose worker was killed ends by itself and prints nothing", async () => {
  const precis = await startPrecis({ WORKERS: "0" });
  onTestFinished(() => precis.stop());
  const entry = fileURLToPath(new URL("../../apps/worker/dist/main.js", import.meta.url));
  const env = { ...process.env, REDIS_URL: precis.redis.url, LOG_LEVEL: "silent" };
  const worker = spawn(process.execPath, [entry], { env, stdio: ["ignore", "ignore", "pipe"] });
  let errors = "";
  worker.stderr.on("data", (data) => (errors += data));
  // The model process has it too, so it is closed when both have ended.
  const closed = new Promise((resolve) => worker.stderr.once("close", resolve));
  const { id } = await submitAccepted(precis, { text: long, model: "t5" });
  await waitForState(
    () => readJob(precis, id),
    ({ progress }) => (progress?.chunks_done ?? 0) > 0,
  );
  const models = childrenOf(worker.pid);
  expect(models).toHaveLength(1);
  worker.kill("SIGKILL");
  await closed;
  expect(errors).toBe("");
  expect(models.filter(isRunning)).toEqual([]);
});
