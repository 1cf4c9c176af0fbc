import { setMaxListeners } from "node:events";
import type { Server } from "node:http";
import { serve } from "@hono/node-server";
import { openKeyStore } from "@precis/auth";
import { loadProcessConfig, tracesWanted, version } from "@precis/config";
import { omitUndefined } from "@precis/contracts";
import { createLogger, handleShutdown, limitRepeats, logClock, logNotices, startTracing } from "@precis/observability";
import { openDeliveryQueue, openJobQueue, openJobWatcher } from "@precis/queue";
import { checkServer, databaseOf, followRedisTime, redisConnections, redisKeys } from "@precis/redis";
import { buildApp } from "./app.js";
import { isLoopback, startRefusal } from "./auth/open-access.js";
import { shrinkWhenIdle } from "./heap/shrink-when-idle.js";
import { startSweeper } from "./jobs/sweep-expired-jobs.js";
import { monitorLoad } from "./limits/load-monitor.js";
import { handleClientError } from "./problem/handle-client-error.js";
import { prepareClose } from "./stop/close-server.js";

/** How long requests in progress have to finish once the process stops. */
const answerWithinMs = 3_000;

// Read config → check → connect → build → serve. What is opened is released in reverse order when the process stops.
const shutdown = handleShutdown("api");
// Every open stream adds a listener; more than the ten Node warns about are no leak.
setMaxListeners(0, shutdown.signal);
const { refuse } = shutdown;
const config = await loadProcessConfig(process.env).catch(refuse);
const log = await createLogger({ name: "api", level: config.logLevel });
const onProgress = (message: string) => log.warn(message);
await checkServer(config.redisUrl, { prefix: config.redisPrefix, onProgress }).catch(refuse);
const tracing = await startTracing({ service: "api", version, enabled: tracesWanted(config) });
const keys = redisKeys(config.redisPrefix, databaseOf(config.redisUrl));
const onNotice = logNotices(limitRepeats(log));
const connections = redisConnections(config.redisUrl, { process: "precis:api", onNotice });
const redis = await connections.open("requests", "request").catch(refuse);
shutdown.onStop(() => redis.disconnect());
await followRedisTime(redis, { onChange: logClock(log) });
const keyCount = await openKeyStore(redis, keys).count().catch(refuse);
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
const subscriber = await connections.open("subscriber", "background").catch(refuse);
const watcher = openJobWatcher({ keys, queue, redis, subscriber, stopping: shutdown.signal });
shutdown.onStop(() => Promise.all([queue.close(), deliveries.close(), watcher.close()]));
const load = monitorLoad(queue, redis, {
  maxQueueDepth: config.maxQueueDepth,
  ...omitUndefined({ maxMemory: config.redisMemoryMark }),
});
shutdown.onStop(() => load.close());
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
  stopping: shutdown.signal,
  started: Date.now(),
  version,
});
const server = serve({ fetch: app.fetch, port: config.port, hostname: config.host }, ({ address, port }) => {
  log.info({ address, port }, "API is listening");
  // Without a callback, a launcher that was killed meanwhile would be an uncaught error.
  process.send?.({ type: "listening", port }, undefined, undefined, () => {});
});
(server as Server).keepAliveTimeout = config.httpKeepAliveMs;
const closeServer = prepareClose(server as Server);
server.on("clientError", handleClientError);
server.on("error", (error: NodeJS.ErrnoException) => {
  const isHost = /^(EADDRNOTAVAIL|ENOTFOUND|EAI_|EINVAL)/.test(error.code ?? "");
  log.fatal(`${isHost ? `HOST=${config.host}` : `PORT=${config.port}`}: ${error.message}`);
  process.exit(1);
});

shrinkWhenIdle(server as Server);
const sweeper = startSweeper(queue);
shutdown.onStop(() => sweeper.stop());
shutdown.onStop(() => closeServer(answerWithinMs), answerWithinMs + 1_000);
