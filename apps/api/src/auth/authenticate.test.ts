import type { KeyStore, SessionStore } from "@precis/auth";
import type { KeyRecord } from "@precis/contracts";
import { Hono } from "hono";
import { expect, it } from "vitest";
import { createAuthenticator } from "./authenticate.js";

const record = { role: "submit", owner: "team", prefix: "abc" } as KeyRecord;

function start(find: (secret: string) => Promise<KeyRecord | undefined>) {
  const lookups: string[] = [];
  const lookUp = (secret: string) => {
    lookups.push(secret);
    return find(secret);
  };
  const store = { verify: lookUp, count: () => lookUp("count").then(() => 2) } as unknown as KeyStore;
  const authenticator = createAuthenticator(store, { find: lookUp } as unknown as SessionStore);
  const app = new Hono();
  app.get("/", async (c) => c.json((await authenticator.authenticate(c)) ?? null));
  app.onError((error, c) => c.text(error.message, 500));
  const authenticate = async (headers: Record<string, string>) => (await app.request("/", { headers })).json();
  return { authenticator, authenticate, lookups };
}

it("finds the caller by API key or session, and a header wins over a cookie", async () => {
  const { authenticate, lookups } = start(async () => record);
  const caller = { role: "submit", owner: "team", prefix: "abc" };
  expect(await authenticate({ authorization: "Bearer one" })).toEqual(caller);
  expect(await authenticate({ "x-api-key": "two" })).toEqual(caller);
  expect(await authenticate({ cookie: "precis_session=three" })).toEqual(caller);
  expect(await authenticate({ "x-api-key": "four", cookie: "precis_session=five" })).toEqual(caller);
  expect(await authenticate({})).toBe(null);
  expect(lookups).toEqual(["one", "two", "three", "four"]);
});

it("looks a key up once for many requests", async () => {
  const { authenticator, authenticate, lookups } = start(async () => record);
  await Promise.all(Array.from({ length: 5 }, () => authenticate({ "x-api-key": "one" })));
  await authenticate({ "x-api-key": "one" });
  expect(await Promise.all([authenticator.keyCount(), authenticator.keyCount()])).toEqual([2, 2]);
  expect(lookups).toEqual(["one", "count"]);
});

it("caches neither an unknown key nor a failed lookup", async () => {
  let find: () => Promise<KeyRecord | undefined> = async () => undefined;
  const { authenticate, lookups } = start(() => find());
  expect(await authenticate({ "x-api-key": "one" })).toBe(null);
  find = async () => {
    throw new Error("Redis is unavailable");
  };
  await expect(authenticate({ "x-api-key": "one" })).rejects.toThrow();
  find = async () => record;
  expect(await authenticate({ "x-api-key": "one" })).toMatchObject({ prefix: "abc" });
  expect(lookups).toEqual(["one", "one", "one"]);
});

it("a session that ends during its lookup is not cached", async () => {
  let finish: (found: KeyRecord) => void = () => {};
  const { authenticator, authenticate, lookups } = start(() => new Promise((resolve) => (finish = resolve)));
  const first = authenticate({ cookie: "precis_session=one" });
  await new Promise((resolve) => setImmediate(resolve));
  authenticator.forgetSession("one");
  finish(record);
  expect(await first).toMatchObject({ prefix: "abc" });
  const second = authenticate({ cookie: "precis_session=one" });
  await new Promise((resolve) => setImmediate(resolve));
  finish(record);
  await second;
  expect(lookups).toEqual(["one", "one"]);
});
