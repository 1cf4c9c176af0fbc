import type { Hono } from "hono";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildApp } from "../app.js";
import { openTestServices, type TestServices } from "../testing/serve-app.js";

let test: TestServices;
let app: Hono;
beforeAll(async () => {
  test = await openTestServices({ AUTH: "keys" });
  app = buildApp(test.services);
});
afterAll(() => test.close());

it("an address that sends wrong keys is limited before they are looked up; one without a key is not", async () => {
  const send = async (headers: Record<string, string>) => (await app.request("/memory", { headers })).status;
  for (let count = 0; count < 100; count += 1) expect(await send({})).toBe(401);
  const statuses: number[] = [];
  for (let count = 0; count < 80; count += 1) statuses.push(await send({ "x-api-key": `precis_wrong_${count}` }));
  expect([statuses[0], statuses.at(-1)]).toEqual([401, 429]);
  const login = await app.request("/login", {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: "key=precis_wrong_key",
  });
  expect(login.status).toBe(429);
  expect(Number(login.headers.get("retry-after"))).toBeGreaterThan(0);
});
