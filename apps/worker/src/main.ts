import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { loadProcessConfig, tracesWanted, version } from "@precis/config";
import { countTotals, listenForCommands, publishTelemetry, readWorkers, retireWorker } from "@precis/control";
import { chooseDevice, loadModelSet, peakRssBytes } from "@precis/models";
import {
  createLogger,
  handleShutdown,
  limitRepeats,
  logClock,
  logNotices,
  refuseToStart,
  startTracing,
} from "@precis/observability";
import { consumeJobs, Requeue, setGlobalConcurrency } from "@precis/queue";
import { checkServer, databaseOf, followRedisTime, redisConnections, redisKeys } from "@precis/redis";
import { describeWorker } from "./telemetry/describe-worker.js";
import { obeyCommand } from "./control/execute-command.js";
import { createChangePublisher } from "./telemetry/telemetry-publisher.js";
import { createMemoryGuard, type Decision } from "./scheduler/load-admission.js";
import { readUsage } from "./memory/read-memory.js";
import { readProcessMemory } from "./memory/read-process-memory.js";
import { createRecorder } from "./telemetry/record-decision.js";
import { countWork } from "./telemetry/count-work.js";
import { buildSlots } from "./scheduler/model-scheduler.js";
import { threadsPerModel, usableCores } from "./scheduler/choose-threads.js";
import { createJobHandler } from "./scheduler/run-job.js";
import { createIsolationGate } from "./scheduler/isolation-gate.js";
import { createJobIntake } from "./scheduler/claim-control.js";
import { logJobs } from "./telemetry/log-jobs.js";
import { startDeliveries } from "./webhooks/start-deliveries.js";

// Read config → check → connect → build → serve. What is opened is released in reverse order when the process stops.
const shutdown = handleShutdown();
// What fails while the process stops is no reason to report.
const refuse = (error: unknown): Promise<never> =>
  shutdown.signal.aborted ? new Promise(() => {}) : refuseToStart("worker", error);
const config = await loadProcessConfig(process.env).catch(refuse);
const log = await createLogger({ name: "worker", level: config.logLevel });
const { device, note } = await chooseDevice(config.device).catch(refuse);
if (note !== undefined) log.warn(note);
const modelSet = await loadModelSet(config.modelSet).catch(refuse);
const keys = redisKeys(config.redisPrefix, databaseOf(config.redisUrl));
const repeats = limitRepeats(log);
const onProgress = (message: string) => log.warn(message);
await checkServer(config.redisUrl, { prefix: config.redisPrefix, onProgress }).catch(refuse);
const connections = redisConnections(config.redisUrl, { process: "precis:worker", onNotice: logNotices(repeats) });
const redis = await connections.open("queue", "background").catch(refuse);
const subscriber = await connections.open("subscriber", "background").catch(refuse);
const clock = await followRedisTime(redis, { onChange: logClock(log) });
shutdown.onStop(() => redis.disconnect());
const tracing = await startTracing({ service: "worker", version, enabled: tracesWanted(config) });
shutdown.onStop(() => tracing.stop());

const identity = {
  id: `${hostname()}-${process.pid}-${randomBytes(2).toString("hex")}`,
  host: hostname(),
  pid: process.pid,
  version,
  started: Date.now(),
  device,
};
const counters = { done: 0, failed: 0 };
const totals = countTotals(redis, keys);
const work = countWork(totals);
let status: "starting" | "running" | "stopping" = "starting";
const threads = config.modelThreads ?? threadsPerModel(await usableCores());
const decided = createRecorder({ log, repeats, redis, keys, worker: identity.id });
const rssOf = async (pid: number) => (await readProcessMemory(pid)).rss;
const ownRss = () => rssOf(process.pid);
const held = async () => {
  const pids = Object.values(slots).flatMap(({ pid }) => pid ?? []);
  return (await Promise.all([process.pid, ...pids].map(rssOf))).reduce((sum, rss) => sum + rss, 0);
};
const readMemory = () => readUsage(config.memoryLimitBytes, held);

/** Tells of something that happened to a model, with memory as it is now. */
const happened = (event: Omit<Decision, "current" | "limit">) =>
  readMemory()
    .then(({ current, limit }) => decided({ ...event, current, limit }))
    .catch((error) => repeats.failed("memory was not read", error));

const { slots, jobStarted } = buildSlots({
  config,
  modelSet,
  run: { device, threads, traces: tracing.bull !== undefined },
  guard: { makeRoom: (model) => guard.makeRoom(model), giveBack: (model) => guard.giveBack(model) },
  rssOf,
  work,
  log,
  happened,
  changed: () => telemetry.changed(),
});
const gate = createIsolationGate();
const handle = logJobs(work.counting(createJobHandler(slots, gate, jobStarted, tracing)), log, counters);
await setGlobalConcurrency(redis, keys, config.fleetConcurrency);
const consumer = consumeJobs({
  keys,
  redis,
  workerId: identity.id,
  concurrency: config.workerConcurrency,
  lockMs: config.jobLockMs,
  attempts: config.jobAttempts,
  textTtlMs: config.textTtlMs,
  telemetry: tracing.bull,
  handle,
  onQuarantine: (job, { model, requestId }, { message: reason }) => {
    work.quarantine(model);
    log.error({ job, request: requestId, model, reason }, "job quarantined");
  },
  onError: (error) => repeats.failed("queue", error),
});
const deliveries = startDeliveries({
  config,
  redis,
  keys,
  log,
  repeats,
  tracing,
  workerId: identity.id,
  version: identity.version,
  onOutcome: work.delivery,
});
const intake = createJobIntake(consumer);
if (config.preload.length > 0) intake.pause("starting");
const guard = createMemoryGuard({
  slots,
  peaks: {
    bart: peakRssBytes(modelSet.models.bart, config.modelConcurrency),
    t5: peakRssBytes(modelSet.models.t5, config.modelConcurrency),
  },
  read: readMemory,
  readRss: rssOf,
  ownRss,
  intake,
  fitsElsewhere: async (model) => {
    const others = (await readWorkers(redis, keys)).filter(({ id }) => id !== identity.id);
    return others.some(({ status, memory }) => status === "running" && !memory.too_small_for.includes(model));
  },
  decided: (decision) => {
    decided(decision);
    telemetry.changed();
  },
  onError: (error) => repeats.failed("memory was not checked", error, "error"),
});
const telemetry = createChangePublisher({
  publish: async () => {
    const memory = await readMemory();
    const all = Object.values(slots);
    const worker = await describeWorker({
      identity,
      slots: all,
      counters,
      status,
      pausedBy: intake.reasons,
      memory,
      guard,
      clock,
    });
    work.measured(worker.models);
    await publishTelemetry(redis, keys, { ...worker, event_loop_lag_ms: work.eventLoopLagMs() });
  },
  onError: (error) => repeats.failed("telemetry was not published", error),
});
const listener = await listenForCommands({
  redis,
  subscriber,
  keys,
  workerId: identity.id,
  obey: async (command) => {
    const answer = await obeyCommand(command, {
      slots,
      cancel: consumer.cancel,
      pause: (paused) => {
        if (paused) intake.pause("operator");
        else intake.resume("operator");
      },
    });
    for (const { model, outcome, rss_before, rss_after } of answer.models) {
      if (command.type === "unload" && outcome === "done") {
        await happened({
          kind: "unload",
          model,
          reason: `an operator said so (${command.mode})`,
          rss_before,
          rss_after,
        });
      }
    }
    // First, so that whoever reads the fleet's state after the answer finds it as the answer said.
    await telemetry.now();
    return answer;
  },
  onError: (error) => repeats.failed("command failed", error, "error"),
});
// What a stopping worker does, the last of these first: it claims nothing more, lets running jobs finish or requeues them, lets
// deliveries finish, and says goodbye. While Redis is away the rest learns of it when locks and telemetry expire.
shutdown.onStop(() => retireWorker(redis, keys, identity.id));
shutdown.onStop(() => totals.flush());
shutdown.onStop(() => telemetry.stop());
shutdown.onStop(() => Promise.all([consumer.close(), deliveries.close()]), config.webhookTimeoutMs + 2_000);
const { stopGraceMs } = config;
shutdown.onStop(() => Promise.all(Object.values(slots).map((slot) => slot.stop(stopGraceMs))), stopGraceMs + 5_000);
shutdown.onStop(() => {
  status = "stopping";
  telemetry.changed();
  guard.stop();
  listener.close();
  consumer.pause();
  gate.close();
});
telemetry.start();
await guard.start();
// A model that does not fit is not a reason to stop: the worker has said so, and its jobs wait for room.
const preloading = config.preload.map((model) =>
  slots[model].warm().catch((error) => {
    if (!(error.cause instanceof Requeue)) throw error;
  }),
);
// A stop ends the processes that are still loading.
await Promise.all(preloading).catch((error) => refuse(new Error(`PRELOAD: ${error.message}`)));
if (!shutdown.signal.aborted) {
  status = "running";
  intake.resume("starting");
}
telemetry.changed();
setInterval(() => void totals.flush().catch(() => {}), 5_000).unref();
log.info({ worker: identity.id, threads, concurrency: config.workerConcurrency }, "worker is running");
