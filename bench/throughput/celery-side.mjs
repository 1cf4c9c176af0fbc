import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findOrStartRedis } from "@precis/redis";
import { pythonEnv } from "../baseline/start-python.mjs";
import { baselineFolder, venvPython } from "../models/paths.mjs";
import { processTree, resetPeakRss, sum, treeCpu, treePeakRss } from "../process/process-tree.mjs";
import { startService } from "../process/start-service.mjs";

/** Celery with a Redis of its own: one worker (pool `solo`), and a submitting process whose CPU time does not count. */
export async function startCelerySide({ setName, beams, threads, lengths, model, clients }) {
  const home = await mkdtemp(join(tmpdir(), "precis-bench-celery-"));
  const redis = await findOrStartRedis({ home, path: process.env.PATH ?? "", onProgress: () => {} });
  const release = async () => {
    await redis.stop();
    await rm(home, { recursive: true, force: true });
  };
  const env = { ...pythonEnv(setName, { beams, threads }), REDIS_URL: celeryUrl(redis.url) };
  const python = (args) => ({ args: ["-m", "celery", ...args], options: { cwd: baselineFolder, env } });
  const { args, options } = python(["-A", "celery_app", "worker", "--pool", "solo", "--loglevel", "ERROR"]);
  const worker = await startService(venvPython, args, { ...options, isReady: () => answersPing(options) }).catch(
    async (error) => {
      await release();
      throw error;
    },
  );
  const redisCpu = async () =>
    sum(
      (await processTree(process.pid)).filter(({ command }) => /redis-server|valkey-server/.test(command)),
      "cpu",
    );
  return {
    run: (texts) => submit({ texts, model, clients, ...lengths }, options),
    cpu: async () => (await treeCpu(worker.pid)) + (await redisCpu()),
    resetPeak: () => resetPeakRss(worker.pid),
    peak: () => treePeakRss(worker.pid),
    stop: async () => {
      await worker.stop();
      await release();
    },
  };
}

/** Celery's URL scheme for a Unix socket. */
const celeryUrl = (url) => url.replace(/^unix:\/\//, "redis+socket://");

async function answersPing({ cwd, env }) {
  const ping = spawn(venvPython, ["-m", "celery", "-A", "celery_app", "inspect", "ping"], {
    cwd,
    env: { ...process.env, ...env },
    stdio: "ignore",
  });
  return new Promise((resolve) => ping.once("exit", (code) => resolve(code === 0)));
}

function submit(job, { cwd, env }) {
  const child = spawn(venvPython, ["celery_submit.py"], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (data) => {
    output += data;
  });
  child.stdin.end(JSON.stringify(job));
  return new Promise((resolve, reject) => {
    child.once("exit", (code) => {
      if (code !== 0) {
        reject(new Error(`celery_submit.py ended with code ${code}`));
        return;
      }
      const { latencies_ms: latencies, ...rest } = JSON.parse(output);
      resolve({ ...rest, latencies });
    });
  });
}
