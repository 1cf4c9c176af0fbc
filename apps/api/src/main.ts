import { createServer, type Server, type ServerOptions } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { serve } from "@hono/node-server";
import { loadConfig, tracesWanted, version } from "@precis/config";
import { openKeyStore } from "@precis/keys";
import { createLogger, startTracing } from "@precis/observability";
import { openDeliveryQueue, openJobQueue, openJobWatcher } from "@precis/queue";
import { connect, redisKeys } from "@precis/redis";
import { buildApp } from "./app.js";
import { shrinkWhenQuiet } from "./heap/shrink-when-quiet.js";
import type { Listener } from "./jobs/plain-submissions.js";
import { startSweeper } from "./jobs/sweep-jobs.js";
import { isLoopback, refusalToStart } from "./keys/where-open.js";
import { watchLoad } from "./limits/watch-load.js";
import { answerClientError } from "./problem/client-error.js";

// Read config → connect → build → serve → stop.
const config = loadConfig(process.env);
if (config.redisUrl === undefined) throw new Error("REDIS_URL is not set; `npm start` sets it");
const log = await createLogger({ name: "api", level: config.logLevel });
const tracing = await startTracing({ service: "api", version, enabled: tracesWanted(config) });
const url = config.redisUrl;
const keys = redisKeys(config.redisPrefix);
const redis = await connect(url, "request");
const keyCount = await openKeyStore(redis, keys).count();
const refusal = refusalToStart(config, keyCount);
if (refusal !== undefined) {
  log.fatal(refusal);
  process.exit(1);
}
if (config.auth === "none" && !isLoopback(config.host)) {
  log.warn(`AUTH=none: whoever can reach HOST=${config.host} can use it`);
}
if (config.auth === "keys" && keyCount === 0) log.warn("AUTH=keys and there is no key yet: `precis keys create`");
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
const watcher = openJobWatcher({ url, keys, queue, redis, subscriber });
const load = watchLoad(queue, redis, {
  maxQueueDepth: config.maxQueueDepth,
  ...(config.redisMemoryMark === undefined ? {} : { memoryMark: config.redisMemoryMark }),
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
  // Loaded only when it is used: it brings OpenTelemetry along.
  ...(tracing.bull === undefined ? {} : { trace: (await import("@hono/otel")).httpInstrumentationMiddleware() }),
  started: Date.now(),
  version,
});
const server = serve(
  {
    fetch: app.fetch,
    port: config.port,
    hostname: config.host,
    createServer: (options: ServerOptions, listener: Listener) => createServer(options, app.before(listener)),
  } as Parameters<typeof serve>[0],
  ({ address, port }) => {
    log.info({ address, port }, "API is listening");
    // Without a callback a launcher that was killed meanwhile would be an error that nobody catches.
    process.send?.({ type: "listening", port }, undefined, undefined, () => {});
  },
);
server.on("clientError", answerClientError);
server.on("error", (error) => {
  log.fatal(`PORT=${config.port}: ${error.message}`);
  process.exit(1);
});

shrinkWhenQuiet(server as Server);
const sweeper = startSweeper(queue);

let stopping = false;
const stop = async () => {
  if (stopping) process.exit(1);
  stopping = true;
  const closed = new Promise((resolve) => server.close(resolve));
  await Promise.race([closed, sleep(3_000)]);
  load.close();
  sweeper.stop();
  // While Redis is away they may wait for ever.
  const parted = Promise.allSettled([queue.close(), deliveries.close(), watcher.close()]);
  await Promise.race([parted, sleep(3_000)]);
  redis.disconnect();
  await tracing.stop();
  process.exit(0);
};
process.on("SIGTERM", stop);
process.on("SIGINT", stop);
process.on("disconnect", stop);
// It may have gone while this process was starting; `undefined` is one that nobody launched.
if (process.connected === false) void stop();
