import { Writable } from "node:stream";
import { OpenAPIHono } from "@hono/zod-openapi";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import type { Parts } from "../parts.js";
import { requestField } from "./log-request.js";
import { watchRequests } from "./requests.js";

function start(level: string) {
  const lines: Record<string, unknown>[] = [];
  const sink = new Writable({
    write: (line, _, done) => {
      lines.push(JSON.parse(String(line)));
      done();
    },
  });
  const app = new OpenAPIHono();
  app.onError((_, c) => c.text("sorry", 500));
  watchRequests(app, { log: pino({ level }, sink) } as unknown as Parts);
  app.post("/api/v1/summarize", (c) => {
    c.set("jobId", "job_1");
    return c.json(requestField(c), 202);
  });
  app.get("/api/v1/jobs/:id", (c) => c.text("here"));
  app.post("/broken", () => {
    throw new Error("on purpose");
  });
  return { app, lines };
}

describe("a request", () => {
  it("keeps the id it came with, in the answer, in the job and in the log", async () => {
    const { app, lines } = start("info");
    const answer = await app.request("/api/v1/summarize?key=hidden", {
      method: "POST",
      headers: { "x-request-id": "order-17" },
    });
    expect(answer.headers.get("x-request-id")).toBe("order-17");
    expect(await answer.json()).toEqual({ requestId: "order-17" });
    expect(lines).toMatchObject([
      { level: 30, request: "order-17", job: "job_1", method: "POST", path: "/api/v1/summarize", status: 202 },
    ]);
    expect(JSON.stringify(lines)).not.toContain("hidden");
  });

  it.each(["", "a b", "x".repeat(129), '"},{"'])("gets a new id for one that is none: %j", async (given) => {
    const { app } = start("info");
    const answer = await app.request("/api/v1/jobs/job_1", { headers: { "x-request-id": given } });
    expect(answer.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("that only reads is logged at debug, one that fails by our fault with the error", async () => {
    const info = start("info");
    await info.app.request("/api/v1/jobs/job_1");
    expect(info.lines).toEqual([]);
    const debug = start("debug");
    await debug.app.request("/api/v1/jobs/job_1");
    await debug.app.request("/broken", { method: "POST" });
    expect(debug.lines).toMatchObject([
      { level: 20, job: "job_1", status: 200 },
      { level: 50, status: 500, err: { message: "on purpose" } },
    ]);
  });
});
