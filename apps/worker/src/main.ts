import { loadProcessConfig, tracesWanted, version } from "@precis/config";
import { listenForCommands, retireWorker } from "@precis/control";
import { chooseDevice, loadModelSet } from "@precis/models";
import { createLogger, handleShutdown, limitRepeats, logClock, logNotices, startTracing } from "@precis/observability";
import { consumeJobs, setGlobalConcurrency } from "@precis/queue";
import { checkServer, databaseOf, followRedisTime, redisConnections, redisKeys } from "@precis/redis";
import { executeCommand } from "./control/execute-command.js";
import { threadsPerModel, usableCores } from "./scheduler/choose-threads.js";
import { modelProcesses, peakBytes } from "./scheduler/model-processes.js";
import { ModelScheduler } from "./scheduler/model-scheduler.js";
import { checkOtherWorkers } from "./telemetry/check-other-workers.js";
import { identifyWorker } from "./telemetry/describe-worker.js";
import { WorkerReporter } from "./telemetry/worker-reporter.js";
import { startDeliveries } from "./webhooks/start-deliveries.js";

// Config → check → connect → scheduler → consumer → control → start. The stop releases what was opened in reverse order.
const shutdown = handleShutdown("worker");
const { refuse } = shutdown;
const config = await loadProcessConfig(process.env).catch(refuse);
const log = await createLogger({ name: "worker", level: config.logLevel });
const repeats = limitRepeats(log);
const { device, note } = await chooseDevice(config.device).catch(refuse);
if (note !== undefined) log.warn(note);
const modelSet = await loadModelSet(config.modelSet).catch(refuse);

const onProgress = (message: string) => log.warn(message);
await checkServer(config.redisUrl, { prefix: config.redisPrefix, onProgress }).catch(refuse);

const keys = redisKeys(config.redisPrefix, databaseOf(config.redisUrl));
const connections = redisConnections(config.redisUrl, { process: "precis:worker", onNotice: logNotices(repeats) });
const redis = await connections.open("queue", "background").catch(refuse);
shutdown.onStop(() => redis.disconnect());
const subscriber = await connections.open("subscriber", "background").catch(refuse);
const clock = await followRedisTime(redis, { onChange: logClock(log) });
const tracing = await startTracing({ service: "worker", version, enabled: tracesWanted(config) });
shutdown.onStop(() => tracing.stop());

const identity = identifyWorker(device);
const workerId = identity.id;
const threads = config.modelThreads ?? threadsPerModel(await usableCores());
const scheduler = new ModelScheduler({
  ...config,
  startProcess: modelProcesses(config, modelSet, { device, threads, traces: tracing.bull !== undefined }),
  peaks: peakBytes(modelSet, config),
  fitsElsewhere: checkOtherWorkers(redis, keys, workerId),
  carrier: () => tracing.carrier(),
});
const reporter = new WorkerReporter({ scheduler, identity, redis, keys, clock, log, repeats });
shutdown.onStop(() => retireWorker(redis, keys, workerId));
shutdown.onStop(() => reporter.stop());

await setGlobalConcurrency(redis, keys, config.fleetConcurrency);
const consumer = consumeJobs({
  ...{ keys, redis, workerId, telemetry: tracing.bull },
  concurrency: config.workerConcurrency,
  lockMs: config.jobLockMs,
  attempts: config.jobAttempts,
  textTtlMs: config.textTtlMs,
  handle: reporter.observeJobs((job) => scheduler.run(job)),
  onQuarantine: (job, data, failure) => reporter.quarantined(job, data, failure),
  onError: (error) => repeats.failed("queue", error),
});
scheduler.attach(consumer);
const deliveries = startDeliveries({
  ...{ config, redis, keys, log, repeats, tracing, workerId, version },
  onOutcome: (outcome) => reporter.deliveryAttempted(outcome),
});
shutdown.onStop(() => Promise.all([consumer.close(), deliveries.close()]), config.webhookTimeoutMs + 2_000);
// Added after the consumer, so that it comes first: the consumer closes once its jobs have ended.
shutdown.onStop(() => scheduler.drain(config.stopGraceMs), config.stopGraceMs + 5_000);

const listener = await listenForCommands({
  ...{ redis, subscriber, keys, workerId },
  execute: async (command) => {
    const result = await executeCommand(command, { scheduler, cancel: consumer.cancel });
    // Whoever reads the state of the fleet after the acknowledgement finds it as acknowledged.
    await reporter.publish();
    return result;
  },
  onError: (error) => repeats.failed("command failed", error, "error"),
});
shutdown.onStop(() => listener.close());

reporter.start();
await scheduler.start().catch(refuse);
if (!shutdown.signal.aborted) {
  log.info({ worker: workerId, threads, concurrency: config.workerConcurrency }, "worker is running");
}
