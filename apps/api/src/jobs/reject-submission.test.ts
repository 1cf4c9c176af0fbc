import { EventEmitter, once } from "node:events";
import { request } from "node:http";
import { type ErrorCode, errors } from "@precis/contracts";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestServices, type Submit, type TestServices } from "../testing/serve-app.js";

let test: TestServices;

beforeAll(async () => {
  test = await openTestServices({ TEXT_MAX_BYTES: "5kB", WEBHOOK_ALLOW_NETWORKS: "127.0.0.0/8" });
});
afterAll(() => test.close());

const json = { "content-type": "application/json" };
const valid = JSON.stringify({ text: "A text to summarize." });

describe("a submission is rejected:", () => {
  let submit: Submit;
  beforeAll(async () => {
    submit = await test.serveSubmissions();
  });

  it.each<[what: string, headers: Record<string, string>, body: string | Buffer, code: string, fields?: string[]]>([
    ["truncated JSON", json, valid.slice(0, -3), "invalid_json"],
    ["an empty body", json, "", "invalid_json"],
    ["bytes that are not UTF-8", json, Buffer.of(0xff, 0xfe, 0x22, 0x80), "invalid_json", ["body"]],
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

it("past the rate limit submissions are rejected with the seconds to wait", async () => {
  const submit = await test.serveSubmissions({
    config: { ...test.services.config, rateLimit: { requests: 1, seconds: 60 } },
  });
  expect((await submit(json, valid)).status).toBe(202);
  const { status, headers, body } = await submit(json, valid);
  expect([status, body.code]).toEqual([429, "rate_limited"]);
  expect(headers.ratelimit).toMatch(/r=0;t=\d+$/);
  expect(Number(headers["retry-after"])).toBeGreaterThan(0);
});

it("a full queue rejects submissions before their body is read", async () => {
  const rejection = { reason: "The queue is full", retryAfterSeconds: 7 };
  const submit = await test.serveSubmissions({ load: { ...test.services.load, rejection: () => rejection } });
  const { status, headers, body } = await submit(json, valid.slice(1));
  expect([status, headers["retry-after"], body.code]).toEqual([503, "7", "queue_full"]);
});

it("a client that disconnects before the end of its body is no error of ours", async () => {
  const lines: Record<string, unknown>[] = [];
  const written = new EventEmitter();
  const log = pino(
    { level: "info" },
    { write: (line: string) => void written.emit("line", lines.push(JSON.parse(line))) },
  );
  const logged = once(written, "line");
  const port = await test.serve({ log });
  const sent = request({
    port,
    host: "127.0.0.1",
    path: "/api/v1/summarize",
    method: "POST",
    headers: { ...json, "content-length": 100 },
  });
  sent.on("error", () => {});
  // The response to the first line says that the request has arrived; the rest of its body never does.
  sent.setHeader("expect", "100-continue");
  const arrived = once(sent, "continue");
  sent.flushHeaders();
  await arrived;
  sent.destroy();
  await logged;
  expect(lines).toMatchObject([{ level: 30, status: 400 }]);
});

it("while Redis is out of memory, hangs or is unavailable, submissions say so", async () => {
  const submit = await test.serveSubmissions();
  await test.redis.redis.config("SET", "maxmemory", "1mb");
  expect((await submit(json, valid)).body.code).toBe("queue_full");
  await test.redis.redis.config("SET", "maxmemory", "0");
  await test.redis.redis.client("PAUSE", 2_500, "ALL");
  expect((await submit(json, valid)).body.code).toBe("redis_unavailable");
  await test.redis.redis.ping();
  test.services.redis.disconnect();
  await once(test.services.redis, "end");
  const { status, headers, body } = await submit(json, valid);
  expect([status, headers["retry-after"], body.code]).toEqual([503, "2", "redis_unavailable"]);
});
