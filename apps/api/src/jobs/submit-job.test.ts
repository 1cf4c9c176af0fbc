import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type RequestListener, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { loadConfig } from "@precis/config";
import { openKeyStore } from "@precis/keys";
import { openDeliveryQueue, openJobQueue, openJobWatcher } from "@precis/queue";
import { connect, redisKeys } from "@precis/redis";
import { startTestRedis, type TestRedis } from "@precis/redis/testing";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildApp } from "../app.js";
import type { LoadWatch } from "../limits/watch-load.js";
import type { Parts } from "../parts.js";

const keys = redisKeys("precis");
const room: LoadWatch = { refusal: () => undefined, accepted: () => {}, close: () => {} };
let redis: TestRedis;
let parts: Parts;
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  redis = await startTestRedis("background");
  parts = await open();
});
afterAll(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  await redis.stop();
});

async function open(): Promise<Parts> {
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

/** An API of its own, and whether the request it answered last went through Hono. */
async function serve(changes: Partial<Parts> = {}) {
  let throughHono = false;
  const app = buildApp({ ...parts, ...changes });
  const hono = getRequestListener(app.fetch, { hostname: "127.0.0.1" });
  const listener: RequestListener = app.before((incoming, outgoing) => {
    throughHono = true;
    hono(incoming, outgoing);
  });
  const server: Server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  ends.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  return async (headers: Record<string, string>, body: string | Buffer) => {
    throughHono = false;
    const answer = await send(port, headers, body);
    return { ...answer, throughHono };
  };
}

interface Answer {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  body: Record<string, unknown>;
}

function send(port: number, headers: Record<string, string>, body: string | Buffer): Promise<Answer> {
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

/** What is the same in two answers to the same request. */
function comparable({ status, headers, body }: Answer): unknown {
  const { date: _, "x-request-id": id = "", "content-length": __, ...others } = headers;
  const seconds = (text: string) => text.replace(/t=\d+|r=\d+/g, "…").replace(/in \d+ s$/, "in … s");
  const masked = JSON.parse(seconds(JSON.stringify({ others, body })).replaceAll(/job_[0-9a-z]{26}/g, "job_…"));
  const ours = /^[0-9a-f-]{36}$/.test(String(id));
  return { status, id: ours ? "new" : id, masked };
}

const json = { "content-type": "application/json" };
/** Means nothing to Precis; but with it a request is no plain one. */
const viaHono = { prefer: "handling=lenient" };
const good = JSON.stringify({ text: "A text to summarize." });
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

type Case = [what: string, headers: Record<string, string>, body: string | Buffer, status: number, hono?: boolean];
const cases: Case[] = [
  ["a text", json, good, 202],
  ["options", { "content-type": "application/JSON; charset=utf-8" }, withOptions, 202],
  ["a byte order mark", json, `\ufeff${good}`, 202],
  ["a request id", { ...json, "x-request-id": "order-17" }, good, 202],
  ["a request id that is none", { ...json, "x-request-id": "a b" }, good, 202],
  ["a webhook", json, webhook, 202],
  ["a forwarded prefix", { ...json, "x-forwarded-prefix": "/precis" }, good, 202],
  ["JSON cut off", json, good.slice(0, -3), 400],
  ["no text at all", json, "", 400],
  ["bytes that are no text", json, Buffer.of(0xff, 0xfe, 0x22, 0x80), 400],
  ["another shape", json, "[]", 422],
  ["an unknown field", json, '{"text":"A text.","owner":"me"}', 422],
  ["several faults", json, '{"text":" ","model":"gpt","max_length":0.5}', 422],
  ["a deadline that has passed", json, '{"text":"A text.","deadline":"2001-01-01T00:00:00Z"}', 422],
  ["a webhook to where none may go", json, '{"text":"A.","webhook":{"url":"https://10.0.0.1/"}}', 422],
  ["a text that is too large", json, JSON.stringify({ text: "x".repeat(5_001) }), 413],
  ["a body that is too large", json, JSON.stringify({ text: "x".repeat(50_000) }), 413, true],
  ["another type", { "content-type": "text/html" }, good, 415, true],
  ["a compressed body", { ...json, "content-encoding": "gzip" }, good, 415, true],
  ["a foreign page", { ...json, origin: "http://evil.test" }, good, 202, true],
  ["a foreign form", { "content-type": "text/plain", origin: "http://evil.test" }, "A text.", 403, true],
  ["a name that may point anywhere", { ...json, host: "evil.test" }, good, 403, true],
  ["a host that is none", { ...json, host: "a b" }, good, 400, true],
  ["a body of unknown length", { ...json, "transfer-encoding": "chunked" }, good, 202, true],
];

describe("a submission gets the same answer with and without Hono:", () => {
  let ask: Awaited<ReturnType<typeof serve>>;
  beforeAll(async () => {
    ask = await serve();
  });

  it.each(cases)("%s", async (_, headers, body, status, hono = false) => {
    const sized = "transfer-encoding" in headers ? headers : { ...headers, "content-length": Buffer.byteLength(body) };
    const plain = await ask(sized as Record<string, string>, body);
    const other = await ask({ ...sized, ...viaHono } as Record<string, string>, body);
    expect([plain.status, plain.throughHono, other.throughHono]).toEqual([status, hono, true]);
    expect(comparable(plain)).toEqual(comparable(other));
    if (status !== 202) return;
    const jobs = await Promise.all([plain, other].map(({ body: { id } }) => parts.queue.read(String(id))));
    const [one, two] = jobs.map((job) => ({ ...job?.data, requestId: 0, startBy: job?.data.startBy === undefined }));
    expect(one).toEqual(two);
    expect(jobs[0]?.data.requestId).toBe(plain.headers["x-request-id"]);
    expect(await redis.redis.get(keys.text(jobs[0]?.id ?? ""))).toBe(
      await redis.redis.get(keys.text(jobs[1]?.id ?? "")),
    );
  });
});

describe("and so it is", () => {
  /** Both answers, which must be the same. */
  async function both(changes: Partial<Parts>, headers: Record<string, string> = {}) {
    const ask = await serve(changes);
    const all = { ...json, ...headers, "content-length": String(Buffer.byteLength(good)) };
    const plain = await ask(all, good);
    const other = await ask({ ...all, ...viaHono }, good);
    expect(comparable(plain)).toEqual(comparable(other));
    return plain;
  }

  it("with keys, whatever is wrong with them", async () => {
    const store = openKeyStore(redis.redis, keys);
    const config = { ...parts.config, auth: "keys" as const };
    const may = await store.create({ role: "submit", name: "may", owner: "somebody" });
    const mayNot = await store.create({ role: "read", name: "may not" });
    const wrong = `precis_00000000_${"0".repeat(32)}`;
    const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
    const [none, unknown, session, read] = [
      await both({ config }),
      await both({ config }, bearer(wrong)),
      await both({ config }, { cookie: "precis_session=none" }),
      await both({ config }, bearer(mayNot.token)),
    ];
    expect([none, unknown, session, read].map(({ status }) => status)).toEqual([401, 401, 401, 403]);
    for (const headers of [bearer(may.token), { "x-api-key": may.token }]) {
      const plain = await both({ config }, headers);
      expect([plain.status, plain.throughHono]).toEqual([202, false]);
      expect((await parts.queue.read(String(plain.body.id)))?.data.owner).toBe("somebody");
    }
    await store.revoke(may.record.prefix);
    await store.revoke(mayNot.record.prefix);
  });

  it("past a rate, and while the queue is full", async () => {
    const config = { ...parts.config, rateLimit: { requests: 1, seconds: 60 } };
    const ask = await serve({ config });
    const all = { ...json, "content-length": String(Buffer.byteLength(good)) };
    expect((await ask(all, good)).status).toBe(202);
    const [plain, other] = [await ask(all, good), await ask({ ...all, ...viaHono }, good)];
    expect(plain.status).toBe(429);
    expect(comparable(plain)).toEqual(comparable(other));
    const full = await both({ load: { ...room, refusal: () => ({ detail: "full", retryAfterSeconds: 7 }) } });
    expect([full.status, full.headers["retry-after"]]).toEqual([503, "7"]);
  });

  it("counted once, as accepted and as answered", async () => {
    let accepted = 0;
    const load = { ...room, accepted: (jobs: number) => (accepted += jobs) };
    const lines: Record<string, unknown>[] = [];
    const log = pino({ level: "info" }, { write: (line: string) => void lines.push(JSON.parse(line)) });
    const answer = await both({ load, log });
    expect(accepted).toBe(2);
    const shape = lines.map(({ job, ms, pid, hostname, time, request, ...rest }) => rest);
    expect(shape).toHaveLength(2);
    expect(shape[0]).toEqual(shape[1]);
    expect(lines[0]).toMatchObject({ job: answer.body.id, request: answer.headers["x-request-id"], status: 202 });
  });

  it("while Redis hangs, has no memory left, or is gone", async () => {
    await redis.redis.config("SET", "maxmemory", "1mb");
    expect((await both({})).body.code).toBe("queue_full");
    await redis.redis.config("SET", "maxmemory", "0");
    await redis.redis.client("PAUSE", 2_500, "ALL");
    expect((await both({})).status).toBe(503);
    await redis.redis.ping();
    parts.redis.disconnect();
    await once(parts.redis, "end");
    const away = await both({});
    expect([away.status, away.body.code]).toEqual([503, "redis_unavailable"]);
  });
});
