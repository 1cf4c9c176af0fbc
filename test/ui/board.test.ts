import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { JobAccepted } from "@precis/contracts";
import type { Precis } from "@precis/launcher";
import { storedQueue } from "@precis/queue/testing";
import { connect } from "@precis/redis";
import { afterAll, beforeAll, expect, it } from "vitest";
import { submit } from "../support/call-api.js";
import { startPrecis } from "../support/start-precis.js";

const apiEntry = fileURLToPath(new URL("../../apps/api/dist/main.js", import.meta.url));
const secret = "The patient in bed seven is called Ada.";

let precis: Precis;
let id: string;
/** The same API, started from another folder. */
let elsewhere: { url: string; stop(): void };

beforeAll(async () => {
  precis = await startPrecis({ WORKERS: "0" });
  ({ id } = (await (await submit(precis, { text: secret })).json()) as JobAccepted);
  // As a failure that quotes the text would be stored.
  const redis = await connect(precis.redis.url, "background");
  await storedQueue(redis).setFailure(id, `internal: cannot read "${secret}"`, `Error: ${secret}`);
  redis.disconnect();
  const env = { ...process.env, REDIS_URL: precis.redis.url, PORT: "0", LOG_LEVEL: "error" };
  const child = fork(apiEntry, [], { cwd: "/", env });
  const port = await new Promise<number>((resolve, reject) => {
    child.once("message", (message: { port: number }) => resolve(message.port));
    child.once("exit", reject);
  });
  elsewhere = { url: `http://127.0.0.1:${port}`, stop: () => child.kill() };
});
afterAll(async () => {
  elsewhere?.stop();
  await precis?.stop();
});

it("the board works from any working directory and loads nothing from elsewhere", async () => {
  for (const { url } of [precis, elsewhere]) {
    const page = await fetch(`${url}/admin/queues`);
    const html = await page.text();
    expect(html).not.toMatch(/(?:src|href)="https?:/);
    expect(page.headers.get("content-security-policy")).toContain("script-src 'self'");
    const files = [...html.matchAll(/(?:src|href)="(static\/[^"]+)"/g)].map(([, file]) => file);
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) expect((await fetch(`${url}/admin/queues/${file}`)).status).toBe(200);
    expect((await fetch(`${url}/admin/queues/queue/summarize`)).status).toBe(200);
    expect((await fetch(`${url}/admin/queues/static/../../../package.json`)).status).toBe(404);
  }
});

it("a proxy may strip a path: base, redirects and job links keep it", async () => {
  const headers = { "x-forwarded-prefix": "/tools/precis" };
  const page = await (await fetch(`${precis.url}/admin/queues`, { headers })).text();
  expect(page).toContain('<base href="/tools/precis/admin/queues/"');
  const redirect = await fetch(`${precis.url}/admin/queues/`, { headers, redirect: "manual" });
  expect(redirect.headers.get("location")).toBe("/tools/precis/admin/queues");
  const base = new URL("http://proxy/tools/precis/admin/queues/");
  const job = await fetch(`${precis.url}/admin/queues/api/queues/summarize/${id}`);
  const answer = (await job.json()) as { job: { externalUrl: { href: string } } };
  expect(new URL(answer.job.externalUrl.href, base).pathname).toBe(`/tools/precis/jobs/${id}`);
  // What is not a plain path does not get into the page.
  for (const prefix of ['"><script>', "//elsewhere.example", "/a b"]) {
    const odd = await fetch(`${precis.url}/admin/queues`, { headers: { "x-forwarded-prefix": prefix } });
    expect(await odd.text()).toContain('<base href="/admin/queues/"');
  }
});

it("no answer of the board holds a word of the text", async () => {
  const api = `${precis.url}/admin/queues/api/queues`;
  const paths = [
    "?activeQueue=summarize&status=latest&page=1&jobsPerPage=10",
    `/summarize/${id}`,
    `/summarize/${id}/logs`,
  ];
  for (const path of paths) {
    const answer = await fetch(api + path);
    expect([path, answer.status]).toEqual([path, 200]);
    const body = await answer.text();
    expect(body).not.toContain("Ada");
    if (!path.endsWith("logs")) expect(body).toContain(id);
  }
});

it("no other site can press its buttons, and nobody can make up jobs with it", async () => {
  const pause = `${precis.url}/admin/queues/api/queues/summarize/pause`;
  const foreign = { origin: "https://example.org", "content-type": "text/plain" };
  expect((await fetch(pause, { method: "PUT", headers: foreign })).status).toBe(403);
  const add = await fetch(`${precis.url}/admin/queues/api/queues/summarize/add`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "summarize", data: {}, options: {} }),
  });
  expect(add.status).toBe(403);
  expect((await fetch(pause, { method: "PUT" })).status).toBe(200);
  expect((await fetch(pause.replace("pause", "resume"), { method: "PUT" })).status).toBe(200);
});

it("a job has a page of its own, without its text", async () => {
  const page = await fetch(`${precis.url}/jobs/${id}`);
  expect(page.status).toBe(200);
  const html = await page.text();
  expect(html).toContain("queued");
  expect(html).not.toContain("Ada");
  const none = await fetch(`${precis.url}/jobs/<b>none`);
  expect(none.status).toBe(404);
  expect(await none.text()).not.toContain("<b>none");
});
