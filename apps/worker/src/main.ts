import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { loadConfig } from "@precis/config";
import { type ModelName, modelNames } from "@precis/contracts";
import { listenForCommands, publishTelemetry, retireWorker } from "@precis/control";
import { createLogger } from "@precis/observability";
import { consumeJobs } from "@precis/queue";
import { connect, redisKeys } from "@precis/redis";
import { describeWorker } from "./control/describe-worker.js";
import { obeyCommand } from "./control/obey-command.js";
import { threadsPerModel, usableCores } from "./supervisor/choose-threads.js";
import { createJobHandler } from "./supervisor/consume-job.js";
import { createIdleTimer } from "./supervisor/idle-unload.js";
import { createModelSlot, type ModelSlot } from "./supervisor/model-slot.js";
import { spawnModelProcess } from "./supervisor/spawn-model-process.js";

// Read config → connect → build → serve → stop.
const config = loadConfig(process.env);
if (config.redisUrl === undefined) throw new Error("REDIS_URL is not set; `npm start` sets it");
if (config.device === "cuda") throw new Error("DEVICE=cuda is not supported yet; set DEVICE=cpu or DEVICE=auto");
const log = await createLogger({ name: "worker", level: config.logLevel });
const keys = redisKeys(config.redisPrefix);
const redis = await connect(config.redisUrl, "background");
const subscriber = await connect(config.redisUrl, "background");

const identity = {
  id: `${hostname()}-${process.pid}-${randomBytes(2).toString("hex")}`,
  host: hostname(),
  pid: process.pid,
  version: "0.1.0",
  started: Date.now(),
  device: "cpu" as const,
};
const counters = { done: 0, failed: 0 };
let status: "starting" | "running" | "paused" | "stopping" = "starting";
const threads = config.modelThreads ?? threadsPerModel(await usableCores());

const buildSlot = (model: ModelName): ModelSlot => {
  const idle = createIdleTimer(config.modelIdleTtlMs, () => void slot.unload("drain"));
  const slot = createModelSlot({
    model,
    limit: config.modelConcurrency,
    prepare: async () => {},
    start: () =>
      spawnModelProcess(model, {
        settings: { modelSet: config.modelSet, device: identity.device, threads, maxRows: config.modelConcurrency },
        loadTimeoutMs: config.modelLoadTimeoutMs,
      }),
    onChange: (state, previous) => {
      if (state === "ready") idle.idle();
      else idle.cancel();
      log.info({ model, state, previous, pid: slot.pid, load_ms: slot.counters.loadMs }, "model state");
      publish();
    },
    onCrash: (error) => log.error({ model, code: error.code }, error.message),
  });
  return slot;
};
const slots = Object.fromEntries(modelNames.map((model) => [model, buildSlot(model)])) as Record<ModelName, ModelSlot>;

function publish(): void {
  describeWorker(identity, Object.values(slots), counters, status, config.memoryLimitBytes)
    .then((telemetry) => (status === "stopping" ? undefined : publishTelemetry(redis, keys, telemetry)))
    .catch((error) => log.warn({ err: error }, "telemetry was not published"));
}

const handle = createJobHandler(slots);
const consumer = consumeJobs({
  url: config.redisUrl,
  keys,
  redis,
  workerId: identity.id,
  concurrency: config.workerConcurrency,
  lockMs: config.jobLockMs,
  maxStalledCount: config.jobAttempts,
  textTtlMs: config.textTtlMs,
  handle: async (job) => {
    const start = performance.now();
    try {
      const result = await handle(job);
      counters.done += 1;
      const ran_ms = Math.round(performance.now() - start);
      log.info(
        { job: job.id, model: result.model, chunks: result.chunks, tokens: result.output_tokens, ran_ms },
        "job done",
      );
      return result;
    } catch (error) {
      counters.failed += 1;
      log.warn({ job: job.id, model: job.data.model, reason: (error as Error).message }, "job not done");
      throw error;
    }
  },
  onError: (error) => log.warn({ err: error }, "queue"),
});
const listener = await listenForCommands({
  redis,
  subscriber,
  keys,
  workerId: identity.id,
  obey: (command) =>
    obeyCommand(command, {
      slots,
      cancel: consumer.cancel,
      pause: (paused) => {
        status = paused ? "paused" : "running";
        if (paused) consumer.pause();
        else consumer.resume();
        publish();
      },
    }),
  onError: (error) => log.error({ err: error }, "command failed"),
});
await Promise.all(config.preload.map((model) => slots[model].warm()));
status = "running";
publish();
const heartbeat = setInterval(publish, 2_000);
log.info({ worker: identity.id, threads, concurrency: config.workerConcurrency }, "worker is running");

let stopping = false;
const stop = async () => {
  // A second signal forces.
  if (stopping) process.exit(1);
  stopping = true;
  status = "stopping";
  clearInterval(heartbeat);
  listener.close();
  consumer.pause();
  await Promise.all(Object.values(slots).map((slot) => slot.stop(config.stopGraceMs)));
  await consumer.close();
  await retireWorker(redis, keys, identity.id).catch(() => {});
  redis.disconnect();
  log.info("worker has stopped");
  process.exit(0);
};
process.on("SIGTERM", stop);
process.on("SIGINT", stop);
// Started by the launcher: when that is gone, so is the reason to run.
process.on("disconnect", stop);
