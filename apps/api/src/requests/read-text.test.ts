import type { Hono } from "hono";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildApp } from "../app.js";
import { openTestServices, type TestServices } from "../testing/serve-app.js";

let test: TestServices;
let app: Hono;
beforeAll(async () => {
  test = await openTestServices();
  app = buildApp(test.services);
});
afterAll(() => test.close());

const latin1 = (text: string) => Buffer.from(text, "latin1");
const sentence = "Café Müller opened in the old station.";

async function send(path: string, contentType: string, body: Buffer | string, more: Record<string, string> = {}) {
  const headers = { "content-type": contentType, ...more };
  const response = await app.request(path, { method: "POST", headers, body: Buffer.from(body) });
  const answer = (await response.json()) as { id?: string; code?: string; errors?: { field: string }[] };
  const stored = answer.id === undefined ? undefined : await test.redis.redis.get(test.services.keys.text(answer.id));
  return { status: response.status, code: answer.code, field: answer.errors?.[0]?.field, stored };
}

function form(parts: readonly (readonly [head: string, content: Buffer])[]): Buffer {
  const encoded = parts.flatMap(([head, content]) => [
    Buffer.from(`--b\r\nContent-Disposition: form-data; ${head}\r\n\r\n`),
    content,
    Buffer.from("\r\n"),
  ]);
  return Buffer.concat([...encoded, Buffer.from("--b--\r\n")]);
}

describe("a body is decoded right or rejected", () => {
  it.each([
    ["application/json", latin1(JSON.stringify({ text: sentence })), 400, "invalid_json"],
    ["application/json; charset=utf-9", JSON.stringify({ text: sentence }), 415, "unsupported_media_type"],
    ["text/plain", latin1(sentence), 400, "bad_request"],
    ["text/plain; charset=nonsense", sentence, 415, "unsupported_media_type"],
    ["multipart/form-data; boundary=b", form([['name="text"', latin1(sentence)]]), 400, "bad_request"],
    [
      "multipart/form-data; boundary=b",
      form([['name="file"; filename="a.txt"', latin1(sentence)]]),
      400,
      "bad_request",
    ],
    [
      "multipart/form-data; boundary=b",
      form([
        ['name="text"', Buffer.from(sentence)],
        ['name="metadata.author"', latin1("Müller")],
      ]),
      400,
      "bad_request",
    ],
    ["multipart/form-data", form([['name="text"', Buffer.from(sentence)]]), 422, "invalid_request"],
  ])("%s is rejected (%#)", async (type, body, status, code) => {
    expect(await send("/api/v1/summarize", type, body)).toMatchObject({ status, code, stored: undefined });
  });

  it.each([
    ["application/json", JSON.stringify({ text: sentence })],
    ["application/json; charset=UTF-8", JSON.stringify({ text: sentence })],
    [
      "application/json",
      Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(JSON.stringify({ text: sentence }))]),
    ],
    ['application/json; charset="iso-8859-1"', latin1(JSON.stringify({ text: sentence }))],
    ["text/plain; charset=latin1", latin1(sentence)],
    ["text/plain; charset=utf-16le", Buffer.from(sentence, "utf16le")],
    ["multipart/form-data; boundary=b", form([['name="text"', Buffer.from(sentence)]])],
    [
      "multipart/form-data; boundary=b",
      form([['name="file"; filename="a.txt"\r\nContent-Type: text/plain; charset=latin1', latin1(sentence)]]),
    ],
  ])("%s is decoded", async (type, body) => {
    expect(await send("/api/v1/summarize", type, body)).toMatchObject({ status: 202, stored: sentence });
  });

  it.each(["/api/v1/summarize", "/api/v1/batches", "/memory/unload", "/workers/pause"])(
    "a compressed body is rejected by %s",
    async (path) => {
      const answer = await send(path, "application/json", '{"text":"a"}', { "content-encoding": "gzip" });
      expect(answer).toMatchObject({ status: 415, code: "unsupported_media_type", field: "content-encoding" });
    },
  );

  it("a text in the query of a text is rejected, and not dropped", async () => {
    const answer = await send("/api/v1/summarize?text=another", "text/plain", sentence);
    expect(answer).toMatchObject({ status: 422, field: "text" });
  });

  it("a form with very many parts is rejected at once", async () => {
    const parts = Array.from(
      { length: 30_000 },
      (_, index) => [`name="metadata.k${index}"`, Buffer.from("v")] as const,
    );
    expect(await send("/api/v1/summarize", "multipart/form-data; boundary=b", form(parts))).toMatchObject({
      status: 422,
    });
  });
});

describe("a body that is larger than any valid one", () => {
  const ones = (count: number) => `[${"1,".repeat(count)}1]`;
  const members = (count: number) => Array.from({ length: count }, (_, index) => `"k${index}":"v"`).join(",");

  it.each([
    ["/api/v1/summarize", `{"text":"x","webhook":{"url":"https://example.com","events":${ones(3_000_000)}}}`],
    ["/api/v1/summarize", `{"text":"x","webhook":{"url":"https://example.com","events":["failed","failed"]}}`],
    ["/api/v1/summarize", `{"text":"x","metadata":{${members(300_000)}}}`],
    ["/api/v1/summarize", `{"text":"x",${members(300_000)}}`],
    ["/api/v1/summarize", ones(3_000_000)],
    ["/api/v1/batches", `{"items":${ones(3_000_000)}}`],
    ["/api/v1/batches", `{"items":[{"text":"x"}],${members(300_000)}}`],
    ["/memory/unload", `{"models":${ones(30_000)}}`],
    ["/workers/pause", `{"workers":${ones(30_000)}}`],
  ])("%s rejects a body with very many elements (%#)", async (path, body) => {
    const headers = { "content-type": "application/json" };
    const response = await app.request(path, { method: "POST", headers, body });
    expect(response.status).toBe(422);
    expect((await response.text()).length).toBeLessThan(20_000);
  });
});

describe("JSON that is nested deeply", () => {
  const deep = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;

  it.each([20, 5_000, 200_000])("is rejected with its field (%i levels)", async (levels) => {
    const body = `{"text":"a b c","max_length":${deep(levels)}}`;
    expect(await send("/api/v1/summarize", "application/json", body)).toMatchObject({
      status: 422,
      field: "max_length",
    });
    const object = `{"text":"a b c","metadata":${'{"a":'.repeat(levels)}1${"}".repeat(levels)}}`;
    expect(await send("/api/v1/summarize", "application/json", object)).toMatchObject({
      status: 422,
      field: "metadata",
    });
    const command = await send("/memory/unload", "application/json", `{"models":${deep(Math.min(levels, 20_000))}}`);
    expect(command).toMatchObject({ status: 422 });
    expect(await send("/api/v1/summarize", "application/json", deep(levels))).toMatchObject({ status: 422 });
  });

  it("fails only its own item of a batch", async () => {
    const body = `{"items":[{"text":"a b c","max_length":${deep(5_000)}},{"text":"The second text."}]}`;
    const response = await app.request("/api/v1/batches", {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": "deep" },
      body,
    });
    expect(response.status).toBe(202);
    const { jobs, errors } = (await response.json()) as { jobs: { index: number }[]; errors: { index: number }[] };
    expect([jobs.map(({ index }) => index), errors.map(({ index }) => index)]).toEqual([[1], [0]]);
  });
});
