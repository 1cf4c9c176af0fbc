import { Hono } from "hono";
import { expect, it } from "vitest";
import { problemResponse } from "../problem/problem.js";
import { toPrecisError } from "../problem/to-precis-error.js";
import { requireSameOrigin } from "./require-same-origin.js";

const app = new Hono();
app.onError((error, c) => problemResponse(c, toPrecisError(error)));
app.all("*", requireSameOrigin(), (c) => c.text("done"));

const host = { host: "precis.example:8000" };
const own = "http://precis.example:8000";

it.each<[Record<string, string>, number]>([
  [{}, 200],
  [{ origin: own }, 200],
  [{ origin: "https://precis.example:8000" }, 200],
  [{ "sec-fetch-site": "same-origin" }, 200],
  [{ "sec-fetch-site": "none" }, 200],
  [{ cookie: "precis_session=a", origin: own }, 200],
  [{ origin: "http://evil.test", authorization: "Bearer precis_a_b" }, 200],
  [{ origin: "http://evil.test" }, 403],
  [{ origin: "http://evil.test", "content-type": "application/json" }, 403],
  [{ origin: "http://precis.example:8001" }, 403],
  [{ origin: "null" }, 403],
  [{ "sec-fetch-site": "cross-site", "content-type": "application/json" }, 403],
  [{ "sec-fetch-site": "same-site" }, 403],
  [{ "sec-fetch-site": "cross-site", origin: own }, 403],
  [{ cookie: "precis_session=a" }, 403],
])("a request that changes something with %j is answered with %i", async (headers, status) => {
  for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
    const response = await app.request(`${own}/api/v1/summarize`, { method, headers: { ...host, ...headers } });
    expect([method, response.status]).toEqual([method, status]);
  }
  expect((await app.request(`${own}/`, { headers: { ...host, ...headers } })).status).toBe(200);
});
