import { spawn } from "node:child_process";
import { request } from "node:http";
import { text as readAll } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { JobAccepted, Problem } from "@precis/contracts";
import type { Precis } from "@precis/launcher";
import { connect } from "@precis/redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runPrecis } from "../support/run-precis.js";
import { startPrecis } from "../support/start-precis.js";
import { waitForState } from "../support/wait-for-state.js";

const apiEntry = fileURLToPath(new URL("../../apps/api/dist/main.js", import.meta.url));
let precis: Precis;
let env: Record<string, string>;
const made: Record<"reader" | "submitter" | "stranger" | "admin", string> = {
  reader: "",
  submitter: "",
  stranger: "",
  admin: "",
};

beforeAll(async () => {
  precis = await startPrecis({ WORKERS: "0", LOG_LEVEL: "silent" });
  env = { REDIS_URL: precis.redis.url };
});
afterAll(() => precis.stop());

const call = (path: string, init: RequestInit = {}, key?: string) =>
  fetch(precis.url + path, {
    redirect: "manual",
    ...init,
    headers: { ...(key === undefined ? {} : { authorization: `Bearer ${key}` }), ...init.headers },
  });
const submit = (key?: string) =>
  call(
    "/api/v1/summarize",
    { method: "POST", headers: { "content-type": "application/json" }, body: '{"text":"A text to summarize."}' },
    key,
  );
const codeOf = async (answer: Response) => ((await answer.json()) as Problem).code;

/** A request `fetch` does not allow: a path that is sent as it is, or a `Host` header of one's own. */
const statusOf = (path: string, headers: Record<string, string> = {}) =>
  new Promise<number | undefined>((resolve, reject) => {
    const { hostname, port } = new URL(precis.url);
    request({ hostname, port, path, headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .on("error", reject)
      .end();
  });

describe("without any key", () => {
  it("the API is open on loopback, but not to a name another site lets point here", async () => {
    expect((await submit()).status).toBe(202);
    expect(await statusOf("/memory", { host: "127.0.0.1:80" })).toBe(200);
    expect(await statusOf("/memory", { host: "rebound.example.org" })).toBe(403);
  });

  it("a page of another site cannot give orders through the browser", async () => {
    const order = (headers: Record<string, string>) => call("/memory/unload", { method: "POST", headers, body: "" });
    expect((await order({ origin: "https://example.org", "content-type": "text/plain" })).status).toBe(403);
    expect((await order({ "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await order({ origin: precis.url })).status).toBe(200);
    expect((await order({})).status).toBe(200);
  });

  it("it refuses to start where others can reach it, and says why", async () => {
    const refused = { ...process.env, REDIS_URL: precis.redis.url, HOST: "0.0.0.0", PORT: "0", LOG_LEVEL: "fatal" };
    const child = spawn(process.execPath, [apiEntry], { env: refused, stdio: ["ignore", "pipe", "inherit"] });
    const [log, code] = await Promise.all([
      readAll(child.stdout),
      new Promise((resolve) => child.once("exit", resolve)),
    ]);
    expect(code).toBe(1);
    expect(log).toMatch(/HOST=0\.0\.0\.0 .*there are no API keys.*AUTH=none/);
  });
});

describe("precis keys", () => {
  it("creates keys, prints each once and keeps only a hash of it", async () => {
    for (const [who, args] of Object.entries({
      reader: ["--role", "read", "--owner", "team"],
      submitter: ["--role", "submit", "--owner", "team", "--name", "the team's"],
      stranger: [],
      admin: ["--role", "admin"],
    })) {
      const { code, stdout } = await runPrecis(["keys", "create", ...args], env);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^precis_[0-9a-z]{8}_[0-9a-z]{32}\n$/);
      made[who as keyof typeof made] = stdout.trim();
    }
    const redis = await connect(precis.redis.url, "request");
    const stored = JSON.stringify(await redis.hgetall("precis:api-keys"));
    redis.disconnect();
    for (const key of Object.values(made)) expect(stored).not.toContain(key.slice(-32));
    const { stdout } = await runPrecis(["keys", "list"], env);
    expect(stdout).toMatch(/submit +team +\S+ +the team's/);
    expect(stdout.trim().split("\n")).toHaveLength(5);
  });

  it.each([
    [["keys"], /Usage: precis keys .*create .*list .*revoke/s],
    [["keys", "create", "--role", "king"], /must be one of read, submit, admin/],
    [["keys", "create", "--owner", "a b"], /letters, digits/],
    [["keys", "create", "--rolle", "admin"], /--rolle/],
  ])("%j is wrong usage", async (args, message) => {
    const { code, stderr } = await runPrecis(args, env);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});

describe("once there is a key", () => {
  beforeAll(async () => {
    await waitForState(
      () => call("/memory"),
      ({ status }) => status === 401,
    );
  });

  it("nothing but the open paths answers without one", async () => {
    for (const path of ["/health", "/ready", "/openapi.json", "/login"]) {
      expect([200, 503]).toContain((await call(path)).status);
    }
    const locked = ["/api/v1/jobs/none", "/api/v1/jobs", "/memory", "/admin/queues", "/metrics", "/elsewhere"];
    for (const path of [...locked, ...locked.map((one) => one.toUpperCase()), "//memory", "/api/../memory"]) {
      const answer = await call(path);
      expect([path, answer.status, await codeOf(answer)]).toEqual([path, 401, "unauthorized"]);
      expect(answer.headers.get("www-authenticate")).toContain("Bearer");
    }
    expect((await submit()).status).toBe(401);
  });

  it("no spelling of a path gets around the rules", async () => {
    for (const path of [
      "/docs/../admin/queues",
      "/docs/%2e%2e/admin/queues",
      "/docs/..%2fadmin/queues",
      "/%61dmin/queues",
      "/assets/../memory",
      "/health/../memory",
      "/login/..;/memory",
      "//admin/queues",
      "/./memory",
      "/memory/",
      "/memory%00",
      "/memory?/docs/",
    ]) {
      expect([path, await statusOf(path)]).toEqual([path, expect.toSatisfy((status) => [401, 404].includes(status))]);
    }
    expect(await statusOf("/%61dmin/queues")).toBe(401);
  });

  it("a wrong key is answered like none, whatever is wrong with it", async () => {
    const answers = await Promise.all(
      ["nonsense", `${made.admin}0`, `${made.admin.slice(0, -1)}_`, `precis_zzzzzzzz_${"0".repeat(32)}`].map(
        async (key) => (await call("/memory", {}, key)).text(),
      ),
    );
    expect(new Set(answers).size).toBe(1);
  });

  it("each role may do its own and no more", async () => {
    const statuses = async (key: string) => [
      (await call("/memory", {}, key)).status,
      (await submit(key)).status,
      (await call("/memory/unload", { method: "POST" }, key)).status,
      (await call("/workers/resume", { method: "POST" }, key)).status,
      (await call("/admin/fleet", {}, key)).status,
      (await call("/admin/queues", {}, key)).status,
      (await call("/admin/queues/api/queues/summarize/resume", { method: "PUT" }, key)).status,
    ];
    expect(await statuses(made.reader)).toEqual([200, 403, 403, 403, 403, 200, 403]);
    expect(await statuses(made.submitter)).toEqual([200, 202, 403, 403, 403, 200, 403]);
    expect(await statuses(made.admin)).toEqual([200, 202, 200, 200, 200, 200, 200]);
    expect(await codeOf(await submit(made.reader))).toBe("forbidden");
    expect((await call("/memory", { headers: { "x-api-key": made.reader } })).status).toBe(200);
  });

  it("a key sees the jobs of its owner; for others they do not exist", async () => {
    const { id, links } = (await (await submit(made.submitter)).json()) as JobAccepted;
    const read = async (key: string, path = links.self) => (await call(path, {}, key)).status;
    expect(await read(made.submitter)).toBe(200);
    expect(await read(made.reader)).toBe(200);
    expect(await read(made.admin)).toBe(200);
    expect(await read(made.stranger)).toBe(404);
    const [hidden, absent] = await Promise.all(
      [links.self, "/api/v1/jobs/job_none"].map(async (path) => (await call(path, {}, made.stranger)).text()),
    );
    expect(hidden?.replaceAll(id, "job_none")).toBe(absent);
    expect((await call(`${links.self}/cancel`, { method: "POST" }, made.stranger)).status).toBe(404);
    expect((await call(links.self, { method: "DELETE" }, made.stranger)).status).toBe(404);
    const listed = async (key: string) => (await call("/api/v1/jobs?limit=200", {}, key)).text();
    expect(await listed(made.reader)).toContain(id);
    expect(await listed(made.stranger)).not.toContain(id);
  });
});

it("batches and idempotency keys are an owner's own too", async () => {
  const post = (path: string, body: object, key: string) => {
    const headers = { "content-type": "application/json", "idempotency-key": "the same" };
    return call(path, { method: "POST", headers, body: JSON.stringify(body) }, key);
  };
  const text = { text: "A text to summarize." };
  const ids = [];
  for (const key of [made.submitter, made.submitter, made.stranger]) {
    ids.push(((await (await post("/api/v1/summarize", text, key)).json()) as JobAccepted).id);
  }
  expect(ids[1]).toBe(ids[0]);
  expect(ids[2]).not.toBe(ids[0]);
  const headers = { "content-type": "application/json" };
  const batch = { method: "POST", headers, body: JSON.stringify({ items: [text] }) };
  const { links } = (await (await call("/api/v1/batches", batch, made.submitter)).json()) as JobAccepted;
  expect((await call(links.self, {}, made.reader)).status).toBe(200);
  expect((await call(links.self, {}, made.stranger)).status).toBe(404);
});

describe("a browser", () => {
  const login = (key: string, headers: Record<string, string> = {}, next = "/memory") =>
    call("/login", {
      method: "POST",
      body: new URLSearchParams({ key, next }),
      headers: { origin: precis.url, ...headers },
    });

  it("is sent to the login page, which needs no script", async () => {
    const answer = await call("/admin/queues", { headers: { accept: "text/html" } });
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/login?next=%2Fadmin%2Fqueues"]);
    const page = await call('/login?next="><script>alert(1)</script>');
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(await page.text()).not.toContain("<script");
  });

  it("gets a session for a key, which ends with logout", async () => {
    const wrong = await login("nonsense");
    expect([wrong.status, wrong.headers.get("set-cookie")]).toEqual([401, null]);
    const answer = await login(made.admin);
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/memory"]);
    const set = answer.headers.get("set-cookie") ?? "";
    expect(set).toMatch(/HttpOnly/);
    expect(set).toMatch(/SameSite=Strict/);
    expect(set).not.toContain(made.admin.slice(-32));
    const cookie = set.split(";")[0] as string;
    expect((await call("/admin/queues", { headers: { cookie } })).status).toBe(200);

    for (const path of ["/memory/unload", "/workers/resume", "/workers/host-1/drain"]) {
      const send = (headers: Record<string, string>) => call(path, { method: "POST", headers: { cookie, ...headers } });
      expect((await send({ origin: "https://example.org" })).status).toBe(403);
      expect((await send({})).status).toBe(403);
      expect((await send({ origin: precis.url })).status).toBe(200);
    }

    expect((await call("/logout", { method: "POST", headers: { cookie, origin: precis.url } })).status).toBe(303);
    expect((await call("/admin/queues", { headers: { cookie } })).status).toBe(401);
  });

  it("cannot be logged in by another site, nor be sent to one", async () => {
    expect((await login(made.admin, { origin: "https://example.org" })).status).toBe(403);
    for (const next of ["//example.org", "https://example.org", "/\\example.org", "/a\r\nb: c"]) {
      expect((await login(made.admin, {}, next)).headers.get("location")).toBe("/admin/queues");
    }
  });
});

it("a second login ends the session before it", async () => {
  const logIn = (headers: Record<string, string> = {}) =>
    call("/login", {
      method: "POST",
      body: new URLSearchParams({ key: made.reader }),
      headers: { origin: precis.url, ...headers },
    });
  const cookieOf = (answer: Response) => (answer.headers.get("set-cookie") ?? "").split(";")[0] as string;
  const first = cookieOf(await logIn());
  const second = cookieOf(await logIn({ cookie: first }));
  expect((await call("/memory", { headers: { cookie: second } })).status).toBe(200);
  expect((await call("/memory", { headers: { cookie: first } })).status).toBe(401);
});

it("an event stream ends after its key was revoked", async () => {
  const created = await runPrecis(["keys", "create", "--role", "submit"], env);
  const key = created.stdout.trim();
  const headers = { "content-type": "application/json" };
  const submitted = await call("/api/v1/summarize", { method: "POST", headers, body: '{"text":"A text."}' }, key);
  const { id } = (await submitted.json()) as JobAccepted;
  const stream = await call(`/api/v1/jobs/${id}/events`, {}, key);
  expect(stream.status).toBe(200);
  expect((await runPrecis(["keys", "revoke", key.split("_")[1] as string], env)).code).toBe(0);
  // Its end; without a worker the job itself has none.
  expect(await stream.text()).not.toContain("event: completed");
});

it("a revoked key stops working, and its sessions with it", async () => {
  const opened = await call("/login", {
    method: "POST",
    body: new URLSearchParams({ key: made.stranger }),
    headers: { origin: precis.url },
  });
  const cookie = (opened.headers.get("set-cookie") ?? "").split(";")[0] as string;
  expect((await call("/memory", { headers: { cookie } })).status).toBe(200);
  expect((await call("/memory", {}, made.stranger)).status).toBe(200);
  const prefix = made.stranger.split("_")[1] as string;
  expect((await runPrecis(["keys", "revoke", prefix], env)).code).toBe(0);
  expect((await runPrecis(["keys", "revoke", prefix], env)).code).toBe(1);
  await waitForState(
    async () => [
      (await call("/memory", { headers: { cookie } })).status,
      (await call("/memory", {}, made.stranger)).status,
    ],
    (statuses) => statuses.every((status) => status === 401),
    10_000,
  );
});
