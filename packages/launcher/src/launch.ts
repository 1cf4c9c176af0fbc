import { fileURLToPath } from "node:url";
import type { Config } from "@precis/config";
import { findOrStartRedis, type UsableRedis } from "@precis/redis";
import { leanHeap, leanMalloc, type RunningProcess, startProcess } from "./start-process.js";

const entryOf = (app: string) => fileURLToPath(new URL(`../../../apps/${app}/dist/main.js`, import.meta.url));
const apiEntry = entryOf("api");
const workerEntry = entryOf("worker");

/** Precis running on this machine. */
export interface Precis {
  /** Where the API answers. */
  url: string;
  redis: UsableRedis;
  api: RunningProcess;
  workers: RunningProcess[];
  /** Starts one more worker. */
  addWorker(): RunningProcess;
  /** Replaces API and workers by new processes from the same files, at the same address; running jobs are finished. */
  restart(): Promise<void>;
  /** Stops what was started and nothing else: workers, API, Redis. */
  stop(): Promise<void>;
}

export interface LaunchOptions {
  config: Config;
  env: NodeJS.ProcessEnv;
  output: "inherit" | "ignore";
  onProgress(message: string): void;
}

/** @throws when a part does not become healthy within 30 s (and, with `PRELOAD`, `MODEL_LOAD_TIMEOUT` more); what was started is stopped again. */
export async function launch({ config, env, output, onProgress }: LaunchOptions): Promise<Precis> {
  onProgress("Looking for Redis …");
  const redis = await findOrStartRedis({
    ...(config.redisUrl === undefined ? {} : { url: config.redisUrl }),
    home: config.home,
    prefix: config.redisPrefix,
    path: env.PATH ?? "",
    onProgress,
  });
  onProgress(`${redis.facts.product} ${redis.facts.version} ${redis.ours ? "(private)" : "(REDIS_URL)"}`);
  const processEnv = { ...env, REDIS_URL: redis.url };
  const workers: RunningProcess[] = [];
  let api = startProcess(apiEntry, processEnv, output, leanHeap.api);
  const addWorker = () => {
    const worker = startProcess(workerEntry, { ...leanMalloc, ...processEnv }, output, leanHeap.worker);
    workers.push(worker);
    return worker;
  };
  const stopProcesses = async () => {
    await Promise.all(workers.map((worker) => worker.stop(config.stopGraceMs + 5_000)));
    await api.stop(5_000);
  };
  const stop = async () => {
    await stopProcesses();
    await redis.stop();
  };
  // What is loaded before the first job may take as long as a load may.
  const readyWithinMs = 30_000 + (config.preload.length > 0 ? config.modelLoadTimeoutMs : 0);
  try {
    onProgress(`Starting the API and ${config.workers} worker${config.workers === 1 ? "" : "s"} …`);
    for (let index = 0; index < config.workers; index += 1) addWorker();
    const port = await listeningPort(api);
    const host = config.host === "0.0.0.0" || config.host === "::" ? "127.0.0.1" : config.host;
    const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
    const ready = () =>
      untilReady(`${url}/${workers.length > 0 ? "ready" : "health"}`, [api, ...workers], readyWithinMs);
    await ready();
    const precis: Precis = {
      url,
      redis,
      api,
      workers,
      addWorker,
      restart: async () => {
        const count = workers.length;
        await stopProcesses();
        workers.length = 0;
        api = startProcess(apiEntry, { ...processEnv, PORT: String(port) }, output, leanHeap.api);
        precis.api = api;
        for (let index = 0; index < count; index += 1) addWorker();
        await ready();
      },
      stop,
    };
    return precis;
  } catch (error) {
    await stop();
    throw error;
  }
}

function listeningPort(api: RunningProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    api.child.on("message", (message) => {
      if (typeof message === "object" && message !== null && "port" in message) resolve(Number(message.port));
    });
    void api.exited.then((code) => reject(new Error(`the API ended at its start with code ${code}; its log says why`)));
  });
}

async function untilReady(url: string, processes: RunningProcess[], withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (Date.now() < deadline) {
    if (processes.some(({ child }) => child.exitCode !== null))
      throw new Error("a process ended at its start; its log says why");
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${url} was not ready within ${withinMs / 1_000} s`);
}
