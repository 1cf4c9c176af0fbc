import { fileURLToPath } from "node:url";
import type { Config } from "@precis/config";
import { omitUndefined } from "@precis/contracts";
import { findOrStartRedis, isServerReady, type UsableRedis, waitUntilReady } from "@precis/redis";
import { countRestarts, type Part } from "./count-restarts.js";
import { leanHeap, leanMalloc, type RunningProcess, startProcess } from "./start-process.js";
import { stopProcesses } from "./stop-processes.js";
import { supervise } from "./supervise.js";
import { type SupervisedProcess, superviseProcess } from "./supervise-process.js";
import { untilListening, untilReady } from "./until-ready.js";

const entryOf = (app: string) => fileURLToPath(new URL(`../../../apps/${app}/dist/main.js`, import.meta.url));
const apiEntry = entryOf("api");
const workerEntry = entryOf("worker");

/** The API gives requests under way 3 s, and its connections to Redis 3 s more. */
const apiGraceMs = 8_000;

/** Precis running on this machine. A process that exits unexpectedly is restarted. */
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
  /** Resolves with the reason when a part crashes again and again and is not started any more. */
  gaveUp: Promise<string>;
  /** Stops what was started and nothing else: workers, API, Redis. */
  stop(): Promise<void>;
}

export interface LaunchOptions {
  config: Config;
  env: NodeJS.ProcessEnv;
  output: "inherit" | "ignore";
  onProgress(message: string): void;
  /** Stops what was started by then, and makes `launch` throw, when it aborts before everything is healthy. */
  signal?: AbortSignal;
}

/** @throws when a part does not become healthy within 30 s (and, with `PRELOAD`, `MODEL_LOAD_TIMEOUT` more); what was started is stopped again. */
export async function launch({ config, env, output, onProgress, signal }: LaunchOptions): Promise<Precis> {
  onProgress("Looking for Redis …");
  const redis = await findOrStartRedis({
    ...omitUndefined({ url: config.redisUrl }),
    home: config.home,
    prefix: config.redisPrefix,
    path: env.PATH ?? "",
    onProgress,
    signal,
  });
  const { server } = redis;
  onProgress(`${redis.facts.product} ${redis.facts.version} ${server === undefined ? "(REDIS_URL)" : "(private)"}`);

  const processEnv = { ...env, REDIS_URL: redis.url };
  const restarts = countRestarts(redis.url, config.redisPrefix);
  const stopping = new AbortController();
  const ending = AbortSignal.any([stopping.signal, ...(signal === undefined ? [] : [signal])]);
  let giveUp: (reason: string) => void = () => {};
  const gaveUp = new Promise<string>((resolve) => {
    giveUp = resolve;
  });
  const watched = (name: string, part: Part) => ({
    name,
    onProgress,
    onRestart: () => restarts.count(part),
    onGiveUp: giveUp,
    isExcused: async () => part !== "redis" && !(await isServerReady(redis.url)),
    untilStartable: (abort: AbortSignal) =>
      waitUntilReady(redis.url, { name: "Redis", patient: true, signal: abort, onProgress: () => {} }),
  });

  let port: number | undefined;
  const api = superviseProcess({
    ...watched("The API", "api"),
    spawn: () => {
      const apiEnv = port === undefined ? processEnv : { ...processEnv, PORT: String(port) };
      const started = startProcess(apiEntry, apiEnv, output, leanHeap.api);
      started.child.on("message", (message) => {
        if (typeof message === "object" && message !== null && "port" in message) port = Number(message.port);
      });
      return started;
    },
  });
  const workers: SupervisedProcess[] = [];
  const createWorker = () => {
    const worker = superviseProcess({
      ...watched(`Worker ${workers.length + 1}`, "worker"),
      spawn: () => startProcess(workerEntry, { ...leanMalloc, ...processEnv }, output, leanHeap.worker),
    });
    workers.push(worker);
    worker.start();
    return worker;
  };
  const watchedServer =
    server === undefined
      ? undefined
      : supervise({
          ...watched("The private Redis", "redis"),
          start: async (isRestart, abort) => {
            if (isRestart) await server.start(abort);
            return { ended: server.ended() };
          },
        });
  watchedServer?.start();
  watchedServer?.settle();

  const stopAll = () =>
    stopProcesses({
      workers,
      api,
      redisUrl: redis.url,
      workerGraceMs: config.stopGraceMs + 5_000,
      apiGraceMs,
    });
  const stopEverything = async () => {
    stopping.abort();
    await stopAll();
    await restarts.stop();
    await watchedServer?.release();
    await redis.stop();
  };
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= stopEverything();
    return stopped;
  };

  const untilHealthy = async () => {
    port ??= await untilListening(api, () => port, ending);
    const url = urlOf(config.host, port);
    // What is loaded before the first job may take as long as a load may.
    const withinMs = 30_000 + (config.preload.length > 0 ? config.modelLoadTimeoutMs : 0);
    await untilReady(`${url}/${workers.length > 0 ? "ready" : "health"}`, [api, ...workers], withinMs, ending);
    for (const part of [api, ...workers]) part.settle();
    return url;
  };

  try {
    ending.throwIfAborted();
    onProgress(`Starting the API and ${config.workers} worker${config.workers === 1 ? "" : "s"} …`);
    api.start();
    for (let index = 0; index < config.workers; index += 1) createWorker();
    const url = await Promise.race([untilHealthy(), gaveUp.then((reason) => Promise.reject(new Error(reason)))]);
    return {
      url,
      redis,
      api,
      workers,
      addWorker: () => {
        const worker = createWorker();
        worker.settle();
        return worker;
      },
      restart: async () => {
        await stopAll();
        ending.throwIfAborted();
        for (const part of [api, ...workers]) part.start();
        await untilHealthy().catch(async (error) => {
          await stopAll();
          throw error;
        });
      },
      gaveUp,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function urlOf(host: string, port: number): string {
  const reachable = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
}
