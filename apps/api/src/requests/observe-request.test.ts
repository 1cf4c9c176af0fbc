import { Writable } from "node:stream";
import { Hono } from "hono";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { observeRequest } from "./observe-request.js";
import { requestField } from "./request-id.js";

function start(level: string) {
  const lines: Record<string, unknown>[] = [];
  const recorded: number[] = [];
  const sink = new Writable({
    write: (line, _, done) => {
      lines.push(JSON.parse(String(line)));
      done();
    },
  });
  const app = new Hono();
  app.onError((_, c) => c.text("sorry", 500));
  app.use(observeRequest(pino({ level }, sink), (c) => void recorded.push(c.res.status)));
  app.post("/api/v1/summarize", (c) => {
    c.set("jobId", "job_1");
    return c.json(requestField(c), 202);
  });
  app.get("/api/v1/jobs/:id", (c) => c.text("here"));
  app.post("/broken", () => {
    throw new Error("on purpose");
  });
  return { app, lines, recorded };
}

describe("a request", () => {
  it("keeps the id it came with, in the response, in the job and in the log", async () => {
    const { app, lines } = start("info");
    const response = await app.request("/api/v1/summarize?key=hidden", {
      method: "POST",
      headers: { "x-request-id": "order-17" },
    });
    expect(response.headers.get("x-request-id")).toBe("order-17");
    expect(await response.json()).toEqual({ requestId: "order-17" });
    expect(lines).toMatchObject([
      { level: 30, request: "order-17", job: "job_1", method: "POST", path: "/api/v1/summarize", status: 202 },
    ]);
    expect(JSON.stringify(lines)).not.toContain("hidden");
  });

  it.each(["", "a b", "x".repeat(129), '"},{"'])("gets a new id instead of an unusable one: %j", async (given) => {
    const { app } = start("info");
    const response = await app.request("/api/v1/jobs/job_1", { headers: { "x-request-id": given } });
    expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("is logged at debug when it only reads, and with the error when it fails unexpectedly", async () => {
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

  it("is counted once, whatever its status", async () => {
    const { app, recorded } = start("info");
    await app.request("/api/v1/jobs/job_1");
    await app.request("/broken", { method: "POST" });
    await app.request("/nothing");
    expect(recorded).toEqual([200, 500, 404]);
  });
});
