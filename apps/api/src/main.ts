import { setMaxListeners } from "node:events";
import type { Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { serve } from "@hono/node-server";
import { openKeyStore } from "@precis/auth";
import { loadConfig, tracesWanted, version } from "@precis/config";
import { createLogger, startTracing } from "@precis/observability";
import { openDeliveryQueue, openJobQueue, openJobWatcher } from "@precis/queue";
import { connect, redisKeys } from "@precis/redis";
import { buildApp } from "./app.js";
import { isLoopback, startRefusal } from "./auth/open-access.js";
import { shrinkWhenIdle } from "./heap/shrink-when-idle.js";
import { startSweeper } from "./jobs/sweep-expired-jobs.js";
import { monitorLoad } from "./limits/load-monitor.js";
import { handleClientError } from "./problem/handle-client-error.js";
import { prepareClose } from "./stop/close-server.js";

/** How long requests in progress have to finish once the process stops. */
const answerWithinMs = 3_000;

// Read config → connect → build → serve → stop.
const config = loadConfig(process.env);
if (config.redisUrl === undefined) throw new Error("REDIS_URL is not set; `npm start` sets it");
const log = await createLogger({ name: "api", level: config.logLevel });
const tracing = await startTracing({ service: "api", version, enabled: tracesWanted(config) });
const url = config.redisUrl;
const keys = redisKeys(config.redisPrefix);
const redis = await connect(url, "request");
const keyCount = await openKeyStore(redis, keys).count();
const refusal = startRefusal(config, keyCount);
if (refusal !== undefined) {
  log.fatal(refusal);
  process.exit(1);
}
if (config.auth === "none" && !isLoopback(config.host)) {
  log.warn(`AUTH=none: everyone who can reach HOST=${config.host} has full access`);
}
if (config.auth === "keys" && keyCount === 0)
  log.warn("AUTH=keys but there are no API keys; create one with `precis keys create`");
const queue = openJobQueue({
  keys,
  redis,
  attempts: config.jobAttempts,
  textTtlMs: config.textTtlMs,
  webhookScheduleMs: config.webhookScheduleMs,
  telemetry: tracing.bull,
});
const deliveries = openDeliveryQueue({
  keys,
  redis,
  scheduleMs: config.webhookScheduleMs,
  telemetry: tracing.bull,
});
const subscriber = await connect(url, "background");
const stopping = new AbortController();
// Every open stream adds a listener; more than the ten Node warns about are no leak.
setMaxListeners(0, stopping.signal);
const watcher = openJobWatcher({ url, keys, queue, redis, subscriber, stopping: stopping.signal });
const load = monitorLoad(queue, redis, {
  maxQueueDepth: config.maxQueueDepth,
  ...(config.redisMemoryMark === undefined ? {} : { maxMemory: config.redisMemoryMark }),
});
const app = buildApp({
  config,
  redis,
  keys,
  queue,
  deliveries,
  watcher,
  load,
  log,
  // Loaded only when used: it imports OpenTelemetry.
  ...(tracing.bull === undefined ? {} : { trace: (await import("@hono/otel")).httpInstrumentationMiddleware() }),
  stopping: stopping.signal,
  started: Date.now(),
  version,
});
const server = serve({ fetch: app.fetch, port: config.port, hostname: config.host }, ({ address, port }) => {
  log.info({ address, port }, "API is listening");
  process.send?.({ type: "listening", port });
});
(server as Server).keepAliveTimeout = config.httpKeepAliveMs;
const closeServer = prepareClose(server as Server);
server.on("clientError", handleClientError);
server.on("error", (error) => {
  log.fatal(`PORT=${config.port}: ${error.message}`);
  process.exit(1);
});

shrinkWhenIdle(server as Server);
const sweeper = startSweeper(queue);

const stop = async () => {
  // A second signal forces.
  if (stopping.signal.aborted) process.exit(1);
  stopping.abort();
  await closeServer(answerWithinMs);
  load.close();
  sweeper.stop();
  // While Redis is unavailable these may never settle.
  const closed = Promise.allSettled([queue.close(), deliveries.close(), watcher.close()]);
  await Promise.race([closed, sleep(3_000)]);
  redis.disconnect();
  await tracing.stop();
  process.exit(0);
};
process.on("SIGTERM", stop);
process.on("SIGINT", stop);
process.on("disconnect", stop);
// The parent may have exited while this process was starting; `undefined` means there is no parent with a channel.
if (process.connected === false) void stop();
