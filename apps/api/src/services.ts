import type { Config } from "@precis/config";
import type { Logger } from "@precis/observability";
import type { DeliveryQueue, JobQueue, JobWatcher } from "@precis/queue";
import type { Keys, Redis } from "@precis/redis";
import type { MiddlewareHandler } from "hono";
import type { LoadWatch } from "./limits/watch-load.js";

/** What the app is built from; made in `main.ts`, or by a test. */
export interface Parts {
  config: Config;
  redis: Redis;
  keys: Keys;
  queue: JobQueue;
  deliveries: DeliveryQueue;
  watcher: JobWatcher;
  load: LoadWatch;
  log: Logger;
  /** Puts each request into a span; absent while tracing is off. */
  trace?: MiddlewareHandler;
  /** Aborts when this process begins to stop: whoever waits is answered with what is known by then. */
  stopping: AbortSignal;
  started: number;
  version: string;
}
