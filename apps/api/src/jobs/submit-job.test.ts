import { EventEmitter, once } from "node:events";
import { type IncomingHttpHeaders, request } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { openKeyStore } from "@precis/auth";
import { loadConfig } from "@precis/config";
import { type ErrorCode, errors } from "@precis/contracts";
import { openDeliveryQueue, openJobQueue, openJobWatcher } from "@precis/queue";
import { connect, redisKeys } from "@precis/redis";
import { startTestRedis, type TestRedis } from "@precis/redis/testing";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildApp } from "../app.js";
import type { LoadMonitor } from "../limits/load-monitor.js";
import type { Services } from "../services.js";

const keys = redisKeys("precis");
const room: LoadMonitor = { rejection: () => undefined, accepted: () => {}, close: () => {} };
let redis: TestRedis;
let services: Services;
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  redis = await startTestRedis("background");
  services = await open();
});
afterAll(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  await redis.stop();
});

async function open(): Promise<Services> {
  const connection = await connect(redis.url, "request");
  const times = { textTtlMs: 60_000, attempts: 3, webhookScheduleMs: [0] };
  const queue = openJobQueue({ keys, redis: connection, ...times });
  const deliveries = openDeliveryQueue({ keys, redis: connection, scheduleMs: [0] });
  const subscriber = await connect(redis.url, "background");
  const watcher = openJobWatcher({ url: redis.url, keys, queue, redis: connection, subscriber });
  ends.push(async () => {
    await Promise.allSettled([queue.close(), deliveries.close(), watcher.close()]);
    connection.disconnect();
  });
  const log = pino({ level: "silent" });
  const config = loadConfig({ TEXT_MAX_BYTES: "5kB", WEBHOOK_ALLOW_NETWORKS: "127.0.0.0/8" });
  return {
    config,
    redis: connection,
    keys,
    queue,
    deliveries,
    watcher,
    load: room,
    log,
    stopping: new AbortController().signal,
    started: Date.now(),
    version: "0.0.0",
  };
}

/** An API with these services; sends it submissions. */
async function serve(changes: Partial<Services> = {}) {
  const { fetch } = buildApp({ ...services, ...changes });
  const server = createAdaptorServer({ fetch, hostname: "127.0.0.1" }).listen(0, "127.0.0.1");
  await once(server, "listening");
  ends.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  return (headers: Record<string, string>, body: string | Buffer) => send(port, headers, body);
}

interface Received {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  body: Record<string, unknown>;
}

function send(port: number, headers: Record<string, string>, body: string | Buffer): Promise<Received> {
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

const json = { "content-type": "application/json" };
const valid = JSON.stringify({ text: "A text to summarize." });
const withOptions = JSON.stringify({
  text: "Ein Text über Züge.",
  model: "t5",
  max_length: 30,
  priority: 2,
  ttl: "2h",
  deadline: 60,
  metadata: { page: "ü" },
});
const webhook = JSON.stringify({ text: "A text.", webhook: { url: "https://127.0.0.1:9/hook" } });

describe("a submission is accepted:", () => {
  let submit: Awaited<ReturnType<typeof serve>>;
  beforeAll(async () => {
    submit = await serve();
  });

  it.each<[what: string, headers: Record<string, string>, body: string]>([
    ["a text", json, valid],
    ["with options", { "content-type": "application/JSON; charset=utf-8" }, withOptions],
    ["with a byte order mark", json, `\ufeff${valid}`],
    ["with a request id", { ...json, "x-request-id": "order-17" }, valid],
    ["with an unusable request id", { ...json, "x-request-id": "a b" }, valid],
    ["with a webhook", json, webhook],
    ["behind a proxy that strips a prefix", { ...json, "x-forwarded-prefix": "/precis" }, valid],
    ["as JSON from another origin, which needs a CORS preflight", { ...json, origin: "http://evil.test" }, valid],
    ["with a body of unknown length", { ...json, "transfer-encoding": "chunked" }, valid],
  ])("%s", async (_, headers, body) => {
    const response = await submit(headers, body);
    expect(response.status).toBe(202);
    const id = String(response.body.id);
    expect(response.headers.location).toBe(`/api/v1/jobs/${id}`);
    const job = await services.queue.read(id);
    const given = JSON.parse(body.replace("\ufeff", ""));
    expect(job?.data).toMatchObject({
      model: given.model ?? "bart",
      textBytes: Buffer.byteLength(given.text),
      requestId: response.headers["x-request-id"],
    });
    expect(job?.data.priority).toBe(given.priority);
    expect(job?.data.metadata).toEqual(given.metadata);
    expect(job?.data.webhook?.url).toBe(given.webhook?.url);
    expect(await redis.redis.get(keys.text(id))).toBe(given.text);
    if (headers["x-request-id"] === "order-17") expect(response.headers["x-request-id"]).toBe("order-17");
    else expect(response.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe("a submission is rejected:", () => {
  let submit: Awaited<ReturnType<typeof serve>>;
  beforeAll(async () => {
    submit = await serve();
  });

  it.each<[what: string, headers: Record<string, string>, body: string | Buffer, code: string, fields?: string[]]>([
    ["truncated JSON", json, valid.slice(0, -3), "invalid_json"],
    ["an empty body", json, "", "invalid_json"],
    ["bytes that are not UTF-8", json, Buffer.of(0xff, 0xfe, 0x22, 0x80), "invalid_json"],
    ["another JSON type", json, "[]", "invalid_request", ["body"]],
    ["an unknown field", json, '{"text":"A text.","owner":"me"}', "invalid_request", ["owner"]],
    [
      "several invalid fields",
      json,
      '{"text":" ","model":"gpt","max_length":0.5}',
      "invalid_request",
      ["text", "max_length", "model"],
    ],
    [
      "a deadline in the past",
      json,
      '{"text":"A text.","deadline":"2001-01-01T00:00:00Z"}',
      "invalid_request",
      ["deadline"],
    ],
    [
      "a webhook to a private address",
      json,
      '{"text":"A.","webhook":{"url":"https://10.0.0.1/"}}',
      "invalid_request",
      ["webhook.url"],
    ],
    [
      "an idempotency key that is too long",
      { ...json, "idempotency-key": "x".repeat(256) },
      valid,
      "invalid_request",
      ["idempotency-key"],
    ],
    ["a text that is too large", json, JSON.stringify({ text: "x".repeat(5_001) }), "payload_too_large", ["text"]],
    ["a body that is too large", json, JSON.stringify({ text: "x".repeat(50_000) }), "payload_too_large"],
    ["another media type", { "content-type": "text/html" }, valid, "unsupported_media_type", ["content-type"]],
    ["no media type", {}, valid, "unsupported_media_type", ["content-type"]],
    [
      "a compressed body",
      { ...json, "content-encoding": "gzip" },
      valid,
      "unsupported_media_type",
      ["content-encoding"],
    ],
    ["a form of another site", { "content-type": "text/plain", origin: "http://evil.test" }, "A text.", "forbidden"],
    ["a host name that may resolve to any address", { ...json, host: "evil.test" }, valid, "forbidden"],
  ])("%s", async (_, headers, body, code, fields) => {
    const { status, headers: sent, body: problem } = await submit(headers, body);
    expect(problem).toMatchObject({
      code,
      status,
      instance: "/api/v1/summarize",
      title: errors[code as ErrorCode].title,
    });
    expect(status).toBe(errors[code as ErrorCode].status);
    expect(sent["content-type"]).toBe("application/problem+json");
    const given = problem.errors as { field: string; message: string }[] | undefined;
    expect(given?.map(({ field }) => field).sort()).toEqual(fields?.sort());
    for (const { field, message } of given ?? []) expect(problem.detail).toContain(`${field}: ${message}`);
  });

  it("a Host header that is not a host", async () => {
    expect((await submit({ ...json, host: "a b" }, valid)).status).toBe(400);
  });
});

it("API keys: a missing, unknown or insufficient one is rejected, and the owner of a valid one is stored", async () => {
  const store = openKeyStore(redis.redis, keys);
  const submit = await serve({ config: { ...services.config, auth: "keys" } });
  const submitter = await store.create({ role: "submit", name: "submitter", owner: "somebody" });
  const reader = await store.create({ role: "read", name: "reader" });
  const bearer = (key: string) => ({ ...json, authorization: `Bearer ${key}` });
  const rejected = [
    await submit(json, valid),
    await submit(bearer(`precis_00000000_${"0".repeat(32)}`), valid),
    await submit({ ...json, cookie: "precis_session=none" }, valid),
    await submit(bearer(reader.token), valid),
  ];
  expect(rejected.map(({ status }) => status)).toEqual([401, 401, 401, 403]);
  expect(rejected[0]?.headers["www-authenticate"]).toContain("Bearer");
  for (const headers of [bearer(submitter.token), { ...json, "x-api-key": submitter.token }]) {
    const response = await submit(headers, valid);
    expect(response.status).toBe(202);
    expect((await services.queue.read(String(response.body.id)))?.data.owner).toBe("somebody");
  }
  await store.revoke(submitter.record.prefix);
  await store.revoke(reader.record.prefix);
});

it("past the rate limit submissions are rejected with the seconds to wait", async () => {
  const submit = await serve({ config: { ...services.config, rateLimit: { requests: 1, seconds: 60 } } });
  expect((await submit(json, valid)).status).toBe(202);
  const { status, headers, body } = await submit(json, valid);
  expect([status, body.code]).toEqual([429, "rate_limited"]);
  expect(headers.ratelimit).toMatch(/r=0;t=\d+$/);
  expect(Number(headers["retry-after"])).toBeGreaterThan(0);
});

it("a full queue rejects submissions before their body is read", async () => {
  const rejection = { reason: "The queue is full", retryAfterSeconds: 7 };
  const submit = await serve({ load: { ...room, rejection: () => rejection } });
  const { status, headers, body } = await submit(json, valid.slice(1));
  expect([status, headers["retry-after"], body.code]).toEqual([503, "7", "queue_full"]);
});

it("an accepted submission is counted once and logged with request and job, a rejected one is not counted", async () => {
  let accepted = 0;
  const count = (jobs: number) => {
    accepted += jobs;
  };
  const load = { ...room, accepted: count };
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: "info" }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const submit = await serve({ load, log });
  const { headers, body } = await submit(json, valid);
  await submit(json, "[]");
  expect(accepted).toBe(1);
  expect(lines).toHaveLength(2);
  const line = { method: "POST", path: "/api/v1/summarize" };
  expect(lines[0]).toMatchObject({ ...line, job: body.id, request: headers["x-request-id"], status: 202 });
  expect(lines[1]).toMatchObject({ ...line, status: 422 });
});

it("a client that disconnects before the end of its body is no error of ours", async () => {
  const lines: Record<string, unknown>[] = [];
  const written = new EventEmitter();
  const log = pino(
    { level: "info" },
    { write: (line: string) => void written.emit("line", lines.push(JSON.parse(line))) },
  );
  const logged = once(written, "line");
  const { fetch } = buildApp({ ...services, log });
  const server = createAdaptorServer({ fetch, hostname: "127.0.0.1" }).listen(0, "127.0.0.1");
  await once(server, "listening");
  ends.push(() => server.close());
  const arrived = once(server, "request");
  const { port } = server.address() as AddressInfo;
  const sent = request({
    port,
    host: "127.0.0.1",
    path: "/api/v1/summarize",
    method: "POST",
    headers: { ...json, "content-length": 100 },
  });
  sent.on("error", () => {});
  sent.write("{");
  await arrived;
  sent.destroy();
  await logged;
  expect(lines).toMatchObject([{ level: 30, status: 400 }]);
});

it("while Redis is out of memory, hangs or is unavailable, submissions say so", async () => {
  const submit = await serve();
  await redis.redis.config("SET", "maxmemory", "1mb");
  expect((await submit(json, valid)).body.code).toBe("queue_full");
  await redis.redis.config("SET", "maxmemory", "0");
  await redis.redis.client("PAUSE", 2_500, "ALL");
  expect((await submit(json, valid)).body.code).toBe("redis_unavailable");
  await redis.redis.ping();
  services.redis.disconnect();
  await once(services.redis, "end");
  const { status, headers, body } = await submit(json, valid);
  expect([status, headers["retry-after"], body.code]).toEqual([503, "2", "redis_unavailable"]);
});
