import { serve } from "@hono/node-server";
import { loadConfig } from "@precis/config";
import { createLogger } from "@precis/observability";
import { openJobQueue, openJobWatcher } from "@precis/queue";
import { connect, redisKeys } from "@precis/redis";
import { buildApp } from "./app.js";

// Read config → connect → build → serve → stop.
const config = loadConfig(process.env);
if (config.redisUrl === undefined) throw new Error("REDIS_URL is not set; `npm start` sets it");
const loopback = ["127.0.0.1", "localhost", "::1"];
const log = await createLogger({ name: "api", level: config.logLevel });
if (!loopback.includes(config.host)) {
  log.warn(`HOST=${config.host}: there are no API keys yet, so whoever can reach this address can use it`);
}
const url = config.redisUrl;
const keys = redisKeys(config.redisPrefix);
const redis = await connect(url, "request");
const queue = openJobQueue({ keys, redis, attempts: config.jobAttempts, textTtlMs: config.textTtlMs });
const subscriber = await connect(url, "background");
const watcher = openJobWatcher({ url, keys, queue, subscriber });
const app = buildApp({ config, redis, keys, queue, watcher, started: Date.now(), version: "0.1.0" });
const server = serve({ fetch: app.fetch, port: config.port, hostname: config.host }, ({ address, port }) => {
  log.info({ address, port }, "API is listening");
  process.send?.({ type: "listening", port });
});
server.on("error", (error) => {
  log.fatal(`PORT=${config.port}: ${error.message}`);
  process.exit(1);
});

let stopping = false;
const stop = async () => {
  if (stopping) process.exit(1);
  stopping = true;
  const closed = new Promise((resolve) => server.close(resolve));
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 3_000))]);
  await Promise.allSettled([queue.close(), watcher.close()]);
  redis.disconnect();
  process.exit(0);
};
process.on("SIGTERM", stop);
process.on("SIGINT", stop);
process.on("disconnect", stop);
