import type { Hono } from "hono";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildApp } from "../app.js";
import { openTestServices, type TestServices } from "../testing/serve-app.js";

let test: TestServices;
let app: Hono;
beforeAll(async () => {
  test = await openTestServices({ WEBHOOK_ALLOW_NETWORKS: "127.0.0.0/8" });
  app = buildApp(test.services);
});
afterAll(() => test.close());

let keys = 0;

async function send(
  path: string,
  key: string,
  body: string,
): Promise<{ status: number; id: unknown; replayed: boolean }> {
  const response = await app.request(path, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": key },
    body,
  });
  const { id } = (await response.json()) as { id: unknown };
  return { status: response.status, id, replayed: response.headers.get("idempotency-replayed") === "true" };
}

const text = '"text":"The library opened a reading room in the old station."';
const hook = "http://127.0.0.1:9/hook";

it.each([
  [`{${text},"keep_alive":"5m"}`, `{"keep_alive":300,${text}}`],
  [`{${text},"metadata":{"a":"1","b":"2"}}`, `{${text},"metadata":{"b":"2","a":"1"}}`],
  [`{${text}}`, `{${text},"model":"bart"}`],
  [`{${text}}`, `{${text},"priority":5}`],
  [`{${text}}`, `{${text},"ttl":86400}`],
  [`{${text},"ttl":"2h"}`, `{${text},"ttl":7200}`],
  [
    `{${text},"webhook":{"url":"${hook}"}}`,
    `{${text},"webhook":{"events":["failed","cancelled","completed"],"url":"${hook}"}}`,
  ],
  [`{${text},"deadline":"2126-01-01T00:00:00Z"}`, `{${text},"deadline":"2126-01-01T01:00:00.000+01:00"}`],
  [`{${text},"deadline":60}`, `{${text},"deadline":60.0}`],
  [`{${text},"max_length":30}`, `{ ${text.replace("library", "l\\u0069brary")},\n"max_length":3e1}`],
])("%s is the same request as %s", async (one, other) => {
  keys += 1;
  const first = await send("/api/v1/summarize", `key-${keys}`, one);
  expect(first).toMatchObject({ status: 202, replayed: false });
  expect(await send("/api/v1/summarize", `key-${keys}`, other)).toEqual({ ...first, replayed: true });
});

it.each([
  [`{${text}}`, `{${text},"model":"t5"}`],
  [`{${text}}`, `{${text},"priority":4}`],
  [`{${text},"deadline":60}`, `{${text},"deadline":61}`],
  [`{${text},"metadata":{"a":"1"}}`, `{${text},"metadata":{"a":"2"}}`],
])("%s is another request than %s", async (one, other) => {
  keys += 1;
  expect(await send("/api/v1/summarize", `key-${keys}`, one)).toMatchObject({ status: 202 });
  expect(await send("/api/v1/summarize", `key-${keys}`, other)).toMatchObject({ status: 422 });
});

it("the items of a batch are compared alike, and their order counts", async () => {
  const item = `{${text},"keep_alive":"1m","metadata":{"a":"1","b":"2"}}`;
  const same = `{"metadata":{"b":"2","a":"1"},"priority":5,${text},"keep_alive":60}`;
  const broken = '{"text":""}';
  const first = await send("/api/v1/batches", "batch-1", `{"items":[${item},${broken}]}`);
  expect(first).toMatchObject({ status: 202, replayed: false });
  expect(await send("/api/v1/batches", "batch-1", `{"items":[${same},${broken}]}`)).toEqual({
    ...first,
    replayed: true,
  });
  expect(await send("/api/v1/batches", "batch-1", `{"items":[${broken},${same}]}`)).toMatchObject({ status: 422 });
});
