import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { BatchAccepted, JobAccepted, JobView } from "@precis/contracts";
import type { Precis } from "@precis/launcher";
import { startTestRedis, type TestRedis } from "@precis/redis/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readJob, readWorkers } from "../support/call-api.js";
import { runNode } from "../support/run-node.js";
import { runPrecis } from "../support/run-precis.js";
import { startPrecis } from "../support/start-precis.js";
import { startReceiver } from "../support/start-receiver.js";
import { waitForState } from "../support/wait-for-state.js";

const article = await readFile(new URL("../../models/samples/article.txt", import.meta.url), "utf8");
const entryOf = (app: string) => fileURLToPath(new URL(`../../apps/${app}/dist/main.js`, import.meta.url));
let server: TestRedis;

beforeAll(async () => {
  server = await startTestRedis("background");
});
afterAll(() => server.stop());

/** Makes the user that `precis doctor --acl` prints, and returns the address it logs in with. */
async function createUser(prefix: string, ...rules: string[]): Promise<string> {
  const url = server.url.replace("unix://", `unix://${prefix}-app:hunter2@`);
  const { code, stdout } = await runPrecis(["doctor", "--acl"], { REDIS_URL: url, REDIS_PREFIX: prefix });
  expect(code).toBe(0);
  expect(stdout).not.toContain("hunter2");
  const [command = "", ...args] = stdout.trim().replace("PASSWORD", "hunter2").split(" ");
  await server.redis.call(command, ...args, ...rules);
  return url;
}

describe.each(["api", "worker"])("%s, started by itself", (app) => {
  const start = (settings: Record<string, string>) =>
    runNode([entryOf(app)], { PORT: "0", REDIS_URL: server.url, ...settings });

  it.each([
    [{ REDIS_URL: "" }, /^REDIS_URL must be set/],
    [{ REDIS_URL: "redis://:hun/ter2@host" }, /^REDIS_URL must have special characters/],
    [{ REDIS_URL: "redis://127.0.0.1:1" }, /cannot be reached: the connection is refused/],
    [{ REDIS_URL: "redis://:hunter2@no-such-host.invalid" }, /no-such-host\.invalid/],
    [{ JOB_LOCK: "60d" }, /^JOB_LOCK must be between 1s and 1h \(got 60d\)$/],
  ] as [Record<string, string>, RegExp][])(
    "with %j ends with one line and no stack trace",
    async (settings, expected) => {
      const { code, stdout, stderr } = await start(settings);
      expect(code).toBe(1);
      expect(stderr).toBe("");
      const lines = stdout.trim().split("\n");
      expect(lines).toHaveLength(1);
      expect(JSON.parse(lines[0] ?? "")).toMatchObject({ level: 60, name: app, msg: expect.stringMatching(expected) });
      expect(stdout).not.toMatch(/hun|ter2/);
    },
  );

  it("says which database, policy or right is missing", async () => {
    const missing = await start({ REDIS_URL: `${server.url}?db=99` });
    expect(missing.stdout).toMatch(/has no database 99/);
    const url = await createUser("poor", "-info", "-xread", "resetchannels");
    const { code, stdout, stderr } = await start({ REDIS_URL: url, REDIS_PREFIX: "poor" });
    expect(code).toBe(1);
    expect(stderr).toBe("");
    const messages = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).msg);
    expect(messages).toEqual([
      expect.stringMatching(/the user poor-app run INFO, XREAD; run: ACL SETUSER poor-app \+info \+xread /),
      expect.stringMatching(/use the channels poor:\*; run: ACL SETUSER poor-app &poor:\* /),
    ]);
  });
});

it("precis doctor says the same, and does not die of it", async () => {
  const url = await createUser("ill", "-info", "-zrangebyscore", "resetchannels");
  const { code, stdout, stderr } = await runPrecis(["doctor", "--json"], { REDIS_URL: url, REDIS_PREFIX: "ill" });
  expect(code).toBe(1);
  expect(stderr).toBe("");
  expect(stdout).not.toContain("hunter2");
  const { findings } = JSON.parse(stdout) as { findings: { check: string; ok: boolean; found: string }[] };
  expect(findings.filter(({ check, ok }) => check === "redis" && !ok).map(({ found }) => found)).toEqual([
    expect.stringMatching(/run INFO, ZRANGEBYSCORE/),
    expect.stringMatching(/use the channels ill:\*/),
  ]);
});

it("precis doctor looks for no workers in another database than the one it was given", async () => {
  const { stdout } = await runPrecis(["doctor", "--json"], { REDIS_URL: `${server.url}?db=99` });
  const { findings } = JSON.parse(stdout) as { findings: { check: string; found: string }[] };
  expect(findings.find(({ check }) => check === "redis")?.found).toMatch(/has no database 99: it has 16, from 0 to 15/);
  expect(findings.map(({ check }) => check)).not.toContain("workers");
});

it("so does the launcher, before it starts anything", async () => {
  const url = await createUser("bare", "-bzpopmin");
  await expect(startPrecis({ REDIS_URL: url, REDIS_PREFIX: "bare" })).rejects.toThrow(/run BZPOPMIN; run: ACL SETUSER/);
});

it("everything works for a user with no more than the rights that doctor prints", async () => {
  const settings = {
    REDIS_URL: await createUser("least"),
    REDIS_PREFIX: "least",
    WEBHOOK_ALLOW_NETWORKS: "127.0.0.1/32",
    RATE_LIMIT: "100000/m",
    FLEET_CONCURRENCY: "8",
  };
  await server.redis.call("ACL", "LOG", "RESET");
  const receiver = await startReceiver((_, response) => response.end("ok"));
  const precis = await startPrecis(settings);
  try {
    await useEverything(precis, `${receiver.url}/hook`);
    await waitForState(
      async () => receiver.callsTo("/hook").length,
      (calls) => calls > 0,
    );
    const doctor = await runPrecis(["doctor", "--json"], { ...settings, PRECIS_URL: precis.url });
    expect(JSON.parse(doctor.stdout).findings.filter(({ ok }: { ok: boolean }) => !ok)).toEqual([]);
    const created = await runPrecis(["keys", "create", "--role", "admin"], settings);
    expect(created.code).toBe(0);
    const listed = await runPrecis(["memory"], { PRECIS_URL: precis.url, PRECIS_KEY: created.stdout.trim() });
    expect(listed.code).toBe(0);
    expect((await runPrecis(["webhooks", "rotate"], settings)).code).toBe(0);
  } finally {
    await precis.stop();
    await receiver.stop();
  }
  // Redis keeps what it denied. ioredis says its name where it may, and Bull Board lists connections where it may.
  const denied = (await server.redis.call("ACL", "LOG")) as string[][];
  expect(denied.map((entry) => String(entry)).filter((entry) => !/client\|(setinfo|list)/.test(entry))).toEqual([]);
});

/** One request of every kind. */
async function useEverything(precis: Precis, hook: string): Promise<void> {
  const call = async <Answer>(method: string, path: string, body?: object, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${precis.url}${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: HTTP ${answer.status}: ${text}`);
    return (answer.headers.get("content-type")?.includes("json") ? JSON.parse(text) : text) as Answer;
  };
  const submit = (body: object, headers: Record<string, string> = {}) =>
    call<JobAccepted>("POST", "/api/v1/summarize", { text: article, model: "t5", max_length: 20, ...body }, headers);
  const ended = (id: string) =>
    waitForState(
      () => readJob(precis, id, 30),
      ({ status }) => ["completed", "failed", "cancelled"].includes(status),
    );

  const { id } = await submit({ webhook: { url: hook } }, { "idempotency-key": "once" });
  expect((await submit({ webhook: { url: hook } }, { "idempotency-key": "once" })).id).toBe(id);
  expect(await call("GET", `/api/v1/jobs/${id}/events`)).toContain("event: completed");
  expect((await ended(id)).status).toBe("completed");
  await call("GET", `/api/v1/jobs/${id}/deliveries`);
  await call("POST", `/api/v1/jobs/${id}/retry`).catch(() => {});
  await ended(id);

  const { jobs } = await call<BatchAccepted>("POST", "/api/v1/batches", {
    items: [
      { text: article, model: "bart", max_length: 20, priority: 1 },
      { text: article, model: "t5", max_length: 20, deadline: 600, ttl: "1h" },
    ],
  });
  for (const job of jobs) expect((await ended(job.id)).status).toBe("completed");

  const unloaded = await call<{ status: string }>("POST", "/memory/unload", {});
  expect(unloaded.status).toBe("ok");
  const workers = await readWorkers(precis);
  expect(workers.flatMap(({ models }) => models).every(({ state }) => state === "absent")).toBe(true);
  expect((await call<{ status: string }>("POST", "/memory/load", { models: ["t5"] })).status).toBe("ok");

  const long = Array.from({ length: 30 }, () => article).join("\n\n");
  const running = await submit({ text: long });
  await waitForState(
    () => readJob(precis, running.id),
    ({ status }) => status !== "queued",
  );
  await call("POST", `/api/v1/jobs/${running.id}/cancel`);
  expect(["cancelled", "completed"]).toContain((await ended(running.id)).status);
  const listed = await call<{ jobs: JobView[] }>("GET", "/api/v1/jobs?status=completed&limit=5");
  expect(listed.jobs.length).toBeGreaterThan(0);
  await call("DELETE", `/api/v1/jobs/${running.id}`);
  for (const path of ["/memory", "/memory/history?since=10m", "/metrics", "/ready", "/admin/fleet", "/admin/queues/"]) {
    await call("GET", path);
  }
  await call("GET", "/admin/queues/api/queues?activeQueue=summarize&page=1&jobsPerPage=10");
}
