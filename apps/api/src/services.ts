import type { Config } from "@precis/config";
import type { Logger } from "@precis/observability";
import type { DeliveryQueue, JobQueue, JobWatcher } from "@precis/queue";
import type { Keys, Redis } from "@precis/redis";
import type { MiddlewareHandler } from "hono";
import type { LoadMonitor } from "./limits/load-monitor.js";

/** What the app is built from: opened by `main.ts`, or by a test. */
export interface Services {
  config: Config;
  redis: Redis;
  keys: Keys;
  queue: JobQueue;
  deliveries: DeliveryQueue;
  watcher: JobWatcher;
  load: LoadMonitor;
  log: Logger;
  /** Records a span for each request; absent while tracing is off. */
  trace?: MiddlewareHandler;
  /** Aborts when this process begins to shut down: waiting requests are then answered with what is known so far. */
  stopping: AbortSignal;
  /** Unix time in ms. */
  started: number;
  version: string;
}
