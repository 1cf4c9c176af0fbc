import type { Hono } from "hono";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildApp } from "../app.js";
import { openTestServices, type TestServices } from "../testing/serve-app.js";

let test: TestServices;
let app: Hono;
beforeAll(async () => {
  test = await openTestServices();
  app = buildApp(test.services);
});
afterAll(() => test.close());

/** Long runs of what patterns for headers repeat, with an end that does not match. */
const runs = [
  " ",
  "\t",
  "/",
  ",",
  ";",
  "=",
  "a",
  "a/",
  '"',
  ", ",
  "; ",
  "W/",
  "wait",
  "wait ",
  "charset",
  "-",
  ".",
  "0",
];
const headers = [
  ...["if-none-match", "prefer", "x-forwarded-prefix", "x-forwarded-proto", "authorization", "cookie", "accept"],
  ...[
    "content-type",
    "content-encoding",
    "idempotency-key",
    "last-event-id",
    "x-request-id",
    "x-api-key",
    "origin",
    "host",
  ],
];
const paths = [
  ["GET", "/health"],
  ["GET", "/login?next=/"],
  ["GET", "/api/v1/jobs/job_01kasq3v5h6m2q8s4v9x7k0d2e/events"],
  ["POST", "/api/v1/summarize"],
  ["POST", "/memory/unload"],
] as const;

/** CPU milliseconds of this process while `work` runs: other processes do not count. */
async function cpuOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** Four times the length may take four times as long, and a quadratic match takes sixteen times. */
it.each(headers)("a long %s takes time in proportion to its length", async (name) => {
  const send = async (length: number) => {
    for (const run of runs) {
      const value = `a${run.repeat(length / run.length)}!`;
      for (const [method, path] of paths) {
        const body = method === "POST" ? '{"text":"a"}' : undefined;
        const given = { "content-type": "application/json", [name]: value };
        await app.request(path, { method, headers: given, ...(body === undefined ? {} : { body }) });
      }
    }
  };
  await send(1_000);
  // Together 90 requests. A quadratic match of 15,000 characters takes 100 ms and more each.
  expect(await cpuOf(() => send(15_000))).toBeLessThan(2_500);
});

it.each(["next", "cursor", "limit", "status", "since", "model"])("a long %s in the query does too", async (name) => {
  const send = async (length: number) => {
    for (const run of runs) {
      const value = encodeURIComponent(`/a${run.repeat(length / run.length)}!`).slice(0, length);
      for (const path of ["/login", "/api/v1/jobs", "/memory/history"]) await app.request(`${path}?${name}=${value}`);
    }
  };
  await send(1_000);
  expect(await cpuOf(() => send(15_000))).toBeLessThan(2_500);
});
