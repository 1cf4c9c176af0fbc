import { OpenAPIHono } from "@hono/zod-openapi";
import { loadConfig } from "@precis/config";
import type { DeliveryQueue, JobQueue, JobWatcher } from "@precis/queue";
import { type Redis, redisKeys } from "@precis/redis";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { buildApp } from "./app.js";
import { roleFor } from "./auth/require-api-key.js";
import { streamFleetEvents } from "./fleet/stream-fleet-events.js";
import { buildDocument } from "./openapi/build-document.js";
import { pageRoutes } from "./pages/pages.js";
import type { RouteServices } from "./route.js";
import { toHonoPath } from "./route-group.js";
import { routes } from "./routes.js";
import type { Services } from "./services.js";

/** Nothing here reaches Redis: `status` says that it is unavailable. */
const services: Services = {
  config: loadConfig({}),
  redis: { status: "end" } as Redis,
  keys: redisKeys("precis"),
  queue: {} as JobQueue,
  deliveries: {} as DeliveryQueue,
  watcher: {} as JobWatcher,
  load: { rejection: () => undefined, accepted: () => {}, close: () => {} },
  log: pino({ level: "silent" }),
  stopping: new AbortController().signal,
  started: 0,
  version: "0.0.0",
};
const app = buildApp(services);
const named = routes.map((route) => ({ ...route, name: `${route.method} ${route.path}` }));

describe("the route table", () => {
  it("has every route that is registered", () => {
    const rows = new Set(routes.map(({ method, path }) => `${method} ${toHonoPath(path)}`));
    const registered = app.routes
      .filter(({ path }) => path !== "/*")
      .map(({ method, path }) => (rows.has(`ALL ${path}`) ? `ALL ${path}` : `${method} ${path}`));
    expect(registered.filter((route) => !rows.has(route))).toEqual([]);
    expect(new Set(registered)).toEqual(rows);
    expect(rows.size).toBe(routes.length);
  });

  it("has every route that a group of pages registers", () => {
    for (const register of [pageRoutes, streamFleetEvents]) {
      const group = new OpenAPIHono();
      register(group, services as RouteServices);
      for (const { method, path } of group.routes) {
        expect(routes.map((route) => `${route.method} ${toHonoPath(route.path)}`)).toContain(`${method} ${path}`);
      }
    }
  });

  it.each(named)("$name is served, and nothing but open routes without Redis", async ({ method, path, role }) => {
    const response = await app.request(path.replace("{id}", "x").replace("*", "layout"), {
      method: method === "ALL" ? "GET" : method,
      headers: { "content-type": "application/json" },
    });
    if (role === "open") expect(response.status).not.toBe(405);
    else expect(await response.json()).toMatchObject({ status: 503, code: "redis_unavailable" });
  });

  it.each(named.filter(({ docs }) => docs !== undefined))("$name accepts the media types it documents", (route) => {
    const documented = Object.keys(route.docs?.request?.body?.content ?? {});
    // Without a list any media type is accepted.
    expect(route.body?.accepts ?? documented).toEqual(documented);
    expect(route.body === undefined).toBe(documented.length === 0);
  });

  it("is documented in OpenAPI, pages and their files aside", () => {
    const { paths } = buildDocument(routes, "0.0.0");
    for (const { method, path, docs, tag, name } of named) {
      expect([name, tag === "Pages"]).toEqual([name, docs === undefined]);
      expect([name, paths[path]?.[method.toLowerCase()] !== undefined]).toEqual([name, docs !== undefined]);
    }
  });

  it("limits admission and hides foreign objects wherever jobs are added or read", () => {
    for (const { name, path, role, admission, ownership } of named) {
      if (/^POST .*(summarize|batches|retry)$/.test(name)) expect([name, admission]).toEqual([name, true]);
      if (path.startsWith("/api/") && role === "read") expect([name, ownership]).not.toEqual([name, undefined]);
      if (path.includes("/jobs/{id}")) expect([name, ownership]).not.toEqual([name, undefined]);
    }
  });
});

it.each([
  ["GET", "/", "open"],
  ["GET", "/health", "open"],
  ["GET", "/memory", "read"],
  ["POST", "/memory/unload", "admin"],
  ["GET", "/metrics", "admin"],
  ["GET", "/admin/fleet", "admin"],
  ["GET", "/jobs/{id}", "read"],
  ["POST", "/api/v1/summarize", "submit"],
  ["POST", "/api/v1/batches", "submit"],
  ["GET", "/api/v1/jobs/{id}/events", "read"],
  ["DELETE", "/api/v1/jobs/{id}", "submit"],
] as const)("%s %s needs the role %s", (method, path, role) => {
  expect(routes.find((route) => route.method === method && route.path === path)?.role).toBe(role);
});

it.each([
  ["GET", "read"],
  ["HEAD", "read"],
  ["PUT", "admin"],
  ["DELETE", "admin"],
])("%s to the board needs the role %s", (method, role) => {
  const board = routes.find(({ path }) => path === "/admin/queues/*");
  expect(board && roleFor(board, method)).toBe(role);
});

it.each(["/elsewhere", "/administrator", "/health/../admin", "/docs/other", "/API/v1/jobs"])(
  "%s, which no row matches, is authorized before it is not found",
  async (path) => {
    expect(await (await app.request(path)).json()).toMatchObject({ code: "redis_unavailable" });
  },
);
