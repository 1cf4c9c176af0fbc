import { once } from "node:events";
import { type IncomingHttpHeaders, request } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { loadConfig } from "@precis/config";
import { openDeliveryQueue, openJobQueue, openJobWatcher } from "@precis/queue";
import { connect, redisKeys } from "@precis/redis";
import { startTestRedis, type TestRedis } from "@precis/redis/testing";
import { pino } from "pino";
import { buildApp } from "../app.js";
import type { Services } from "../services.js";

export interface TestResponse {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  body: Record<string, unknown>;
}

export type Submit = (headers: Record<string, string>, body: string | Buffer) => Promise<TestResponse>;

/** Services on a Redis of their own, without a worker. */
export interface TestServices {
  redis: TestRedis;
  services: Services;
  /** Serves an app with these services, some of them replaced; returns its port. */
  serve(changes?: Partial<Services>): Promise<number>;
  /** The same; returns a function that sends a submission with exactly these headers, which `fetch` would not allow. */
  serveSubmissions(changes?: Partial<Services>): Promise<Submit>;
  close(): Promise<void>;
}

export async function openTestServices(settings: Record<string, string> = {}): Promise<TestServices> {
  const redis = await startTestRedis("background");
  const keys = redisKeys("precis");
  const connection = await connect(redis.url, "request");
  const subscriber = await connect(redis.url, "background");
  const times = { textTtlMs: 60_000, attempts: 3, webhookScheduleMs: [0] };
  const queue = openJobQueue({ keys, redis: connection, ...times });
  const deliveries = openDeliveryQueue({ keys, redis: connection, scheduleMs: [0] });
  const watcher = openJobWatcher({ keys, queue, redis: connection, subscriber });
  const services: Services = {
    config: loadConfig(settings),
    redis: connection,
    keys,
    queue,
    deliveries,
    watcher,
    load: { rejection: () => undefined, accepted: () => {}, close: () => {} },
    log: pino({ level: "silent" }),
    stopping: new AbortController().signal,
    started: Date.now(),
    version: "0.0.0",
  };
  const servers: { close(): unknown }[] = [];
  const serve: TestServices["serve"] = async (changes = {}) => {
    const { fetch } = buildApp({ ...services, ...changes });
    const server = createAdaptorServer({ fetch, hostname: "127.0.0.1" }).listen(0, "127.0.0.1");
    await once(server, "listening");
    servers.push(server);
    return (server.address() as AddressInfo).port;
  };
  return {
    redis,
    services,
    serve,
    serveSubmissions: async (changes) => {
      const port = await serve(changes);
      return (headers, body) => submitTo(port, headers, body);
    },
    close: async () => {
      for (const server of servers) server.close();
      await Promise.allSettled([queue.close(), deliveries.close(), watcher.close()]);
      connection.disconnect();
      await redis.stop();
    },
  };
}

function submitTo(port: number, headers: Record<string, string>, body: string | Buffer): Promise<TestResponse> {
  return new Promise((resolve, reject) => {
    const path = "/api/v1/summarize";
    const sent = request({ port, host: "127.0.0.1", path, method: "POST", agent: false, headers }, (incoming) => {
      let text = "";
      incoming.setEncoding("utf8");
      incoming.on("data", (part) => {
        text += part;
      });
      incoming.on("end", () =>
        resolve({ status: incoming.statusCode, headers: incoming.headers, body: text === "" ? {} : JSON.parse(text) }),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
