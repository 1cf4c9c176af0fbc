import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { BatchAccepted, DeliveriesView, JobAccepted, Problem, Webhook as WebhookField } from "@precis/contracts";
import { type Precis, startProcess } from "@precis/launcher";
import { storedQueue } from "@precis/queue/testing";
import { connect } from "@precis/redis";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { readJob, readWorkers } from "../support/call-api.js";
import { startPrecis } from "../support/start-precis.js";
import { type Answer, type Receiver, startReceiver } from "../support/start-receiver.js";
import { waitForState } from "../support/wait-for-state.js";

const article = (await readFile(new URL("../../models/samples/article.txt", import.meta.url), "utf8")).slice(0, 600);
const tlsFolder = new URL("../fixtures/tls/", import.meta.url);
const certificate = fileURLToPath(new URL("cert.pem", tlsFolder));
const oldSecret = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
const newSecret = `whsec_${Buffer.alloc(32, 2).toString("base64")}`;
const settings = {
  LOG_LEVEL: "fatal",
  WEBHOOK_SECRET: `${newSecret},${oldSecret}`,
  WEBHOOK_ALLOW_NETWORKS: "127.0.0.1/32",
  WEBHOOK_SCHEDULE: "0s,1s,2s",
  WEBHOOK_TIMEOUT: "1s",
  WEBHOOK_PAUSE_FAILURES: "4",
  WEBHOOK_PAUSE_AFTER: "0s",
  WEBHOOK_PROBE_EVERY: "1s",
  NODE_EXTRA_CA_CERTS: certificate,
};
let precis: Precis;
let receiver: Receiver;
const answers = new Map<string, Answer>();

beforeAll(async () => {
  receiver = await startReceiver((call, response) => {
    const answer = answers.get(call.path);
    if (answer) answer(call, response);
    else response.end("thanks");
  });
  precis = await startPrecis(settings);
});
afterAll(async () => {
  await precis.stop();
  await receiver.stop();
});

const post = ({ url }: Precis, webhook: Partial<WebhookField> | undefined) =>
  fetch(`${url}/api/v1/summarize`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text: article, max_length: 8, webhook }),
  });

async function submitTo(url: string, events?: WebhookField["events"], to = precis): Promise<string> {
  const response = await post(to, { url, ...(events === undefined ? {} : { events }) });
  expect(response.status).toBe(202);
  return ((await response.json()) as JobAccepted).id;
}

const deliveriesOf = async (id: string, of = precis) =>
  (await (await fetch(`${of.url}/api/v1/jobs/${id}/deliveries`)).json()) as DeliveriesView;

const untilDeliveries = (id: string, reached: (view: DeliveriesView) => boolean, of = precis) =>
  waitForState(() => deliveriesOf(id, of), reached, 30_000);

const redeliver = (id: string) => fetch(`${precis.url}/api/v1/jobs/${id}/deliveries/redeliver`, { method: "POST" });

describe.concurrent("a webhook", () => {
  it("is sent when its job completes, signed with the old secret and the new one", async () => {
    const id = await submitTo(`${receiver.url}/plain?token=hidden`);
    const view = await untilDeliveries(id, ({ state }) => state === "delivered");
    const [call, ...more] = receiver.callsTo("/plain?token=hidden");
    expect(more).toEqual([]);
    const headers = call?.headers as Record<string, string>;
    for (const secret of [oldSecret, newSecret]) new Webhook(secret).verify(call?.body as string, headers);
    const { links: _, ...job } = await readJob(precis, id);
    expect(JSON.parse(call?.body as string)).toEqual({
      type: "summary.completed",
      timestamp: job.timings.finished_at,
      data: job,
    });
    expect(job.summary).toBeTruthy();
    expect(view).toMatchObject({ url: `${receiver.url}/plain`, endpoint: { state: "active" } });
    expect(view.attempts).toMatchObject([
      { state: "delivered", status: 200, attempt: 1, response_body: "thanks", message_id: headers["webhook-id"] },
    ]);
    const redis = await connect(precis.redis.url, "request");
    expect(JSON.stringify(await storedQueue(redis, "webhooks").hash(`delivery_${id}`))).not.toContain(job.summary);
    expect(await redis.exists(`precis:webhook-body:${id}`)).toBe(0);
    expect(await redis.ttl(`precis:deliveries:${id}`)).toBeGreaterThan(0);
    redis.disconnect();
  });

  it("is linked from its job, starting with the response to the submission", async () => {
    const response = await post(precis, { url: `${receiver.url}/linked` });
    const { id, links } = (await response.json()) as JobAccepted;
    expect(links.deliveries).toBe(`/api/v1/jobs/${id}/deliveries`);
    expect((await readJob(precis, id, 30)).links.deliveries).toBe(links.deliveries);
    expect((await fetch(`${precis.url}${links.deliveries}`)).status).toBe(200);
  });

  it("is not sent for an event it does not subscribe to, unless it is redelivered", async () => {
    const id = await submitTo(`${receiver.url}/only-failed`, ["failed"]);
    await untilDeliveries(id, ({ state }) => state === "skipped");
    expect(receiver.callsTo("/only-failed")).toEqual([]);
    expect((await redeliver(id)).status).toBe(202);
    await untilDeliveries(id, ({ state }) => state === "delivered");
    expect(receiver.callsTo("/only-failed")).toHaveLength(1);
  });

  it("whose endpoint returns 500 fails after the schedule, and can be redelivered", async () => {
    answers.set("/error", (_, response) => response.writeHead(500).end("sorry"));
    const id = await submitTo(`${receiver.url}/error`);
    const { attempts } = await untilDeliveries(id, ({ state }) => state === "failed");
    expect(attempts.map(({ state, status }) => ({ state, status }))).toEqual([
      { state: "retrying", status: 500 },
      { state: "retrying", status: 500 },
      { state: "failed", status: 500 },
    ]);
    expect(attempts[0]?.response_body).toBe("sorry");
    expect(new Set(receiver.callsTo("/error").map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    answers.delete("/error");
    await redeliver(id);
    await untilDeliveries(id, ({ state }) => state === "delivered");
  });

  it("fails at once after 410", async () => {
    answers.set("/gone", (_, response) => response.writeHead(410).end());
    const id = await submitTo(`${receiver.url}/gone`);
    const { attempts } = await untilDeliveries(id, ({ state }) => state === "failed");
    expect(attempts).toMatchObject([{ state: "failed", status: 410 }]);
  });

  it("whose endpoint times out delays no summary, waits for a minute, and can be redelivered sooner", async () => {
    answers.set("/slow", () => {});
    const slow = await Promise.all(Array.from({ length: 3 }, () => submitTo(`${receiver.url}/slow`)));
    await waitForState(
      async () => receiver.callsTo("/slow").length,
      (calls) => calls > 0,
    );
    const other = ((await (await post(precis, undefined)).json()) as JobAccepted).id;
    expect((await readJob(precis, other, 30)).status).toBe("completed");
    for (const id of slow) {
      const { attempts } = await untilDeliveries(id, ({ state }) => state === "retrying");
      expect(attempts[0]?.error?.code).toBe("timeout");
      const wait = Date.parse(attempts[0]?.next_attempt_at ?? "") - Date.parse(attempts[0]?.at ?? "");
      expect(wait).toBeGreaterThanOrEqual(60_000);
    }
    answers.delete("/slow");
    await redeliver(slow[0] as string);
    await untilDeliveries(slow[0] as string, ({ state }) => state === "delivered");
  });

  it.each([
    ["the metadata service", () => "http://169.254.169.254/latest/meta-data/"],
    ["another path", () => `${receiver.url}/redirect-target`],
  ])("does not follow a redirect to %s", async (name, location) => {
    const path = `/redirect-${name.length}`;
    answers.set(path, (_, response) => response.writeHead(307, { location: location() }).end());
    const id = await submitTo(`${receiver.url}${path}`);
    const { attempts } = await untilDeliveries(id, ({ state }) => state === "failed");
    expect(attempts.map(({ status }) => status)).toEqual([307, 307, 307]);
    expect(receiver.callsTo("/redirect-target")).toEqual([]);
  });

  it("endpoint that keeps failing is paused, shows it, and resumes after a probe", async () => {
    answers.set("/failing", (_, response) => response.writeHead(500).end());
    const ids = await Promise.all(Array.from({ length: 3 }, () => submitTo(`${receiver.url}/failing`)));
    const paused = await waitForState(
      () => Promise.all(ids.map((id) => deliveriesOf(id))),
      (views) => views.some(({ state }) => state === "paused"),
    );
    const first = paused.find(({ state }) => state === "paused");
    expect(first?.endpoint).toMatchObject({ state: "paused", next_probe_at: expect.any(String) });
    expect(first?.endpoint.consecutive_failures).toBeGreaterThanOrEqual(4);
    answers.delete("/failing");
    for (const { job_id } of paused.filter(({ state }) => state === "paused")) {
      const view = await untilDeliveries(job_id, ({ state }) => state === "delivered");
      expect(view.endpoint).toEqual({ state: "active", consecutive_failures: 0 });
    }
  });
});

describe("a webhook", () => {
  it("whose endpoint is down is delivered when it is up again", async () => {
    const closed = await startReceiver(() => {});
    await closed.stop();
    const id = await submitTo(`${closed.url}/`);
    await untilDeliveries(id, ({ state }) => state === "retrying");
    const back = await startReceiver((_, response) => response.end(), { port: closed.port });
    const { attempts } = await untilDeliveries(id, ({ state }) => state === "delivered");
    await back.stop();
    expect(attempts[0]).toMatchObject({ state: "retrying", error: { code: "connection" } });
    expect(back.calls).toHaveLength(1);
  });

  it("over TLS is delivered only to the host that the certificate names", async () => {
    const tls = {
      key: await readFile(new URL("key.pem", tlsFolder), "utf8"),
      cert: await readFile(certificate, "utf8"),
    };
    const secure = await startReceiver((_, response) => response.end(), { tls });
    const named = await submitTo(`https://localhost:${secure.port}/named`);
    const unnamed = await submitTo(`https://127.0.0.1:${secure.port}/unnamed`);
    await untilDeliveries(named, ({ state }) => state === "delivered");
    const { attempts } = await untilDeliveries(unnamed, ({ attempts }) => attempts.length > 0);
    expect(attempts[0]?.error?.code).toBe("tls");
    expect(secure.calls.map(({ path }) => path)).toEqual(["/named"]);
    await secure.stop();
  });
});

describe("a webhook of another kind of submission", () => {
  it("of plain text is given in the query", async () => {
    const query = new URLSearchParams({ "webhook.url": `${receiver.url}/plain-text`, "webhook.events": "completed" });
    const response = await fetch(`${precis.url}/api/v1/summarize?max_length=8&min_length=2&${query}`, {
      method: "POST",
      headers: { "content-type": "text/plain" },
      body: article,
    });
    expect(response.status).toBe(202);
    const { id } = (await response.json()) as JobAccepted;
    expect((await untilDeliveries(id, ({ state }) => state === "delivered")).events).toEqual(["completed"]);
  });

  it("of a batch belongs to an item, and an invalid one is rejected with its index", async () => {
    const items = ["/item", "/item", undefined].map((path) => ({
      text: article,
      max_length: 8,
      min_length: 2,
      ...(path === undefined ? {} : { webhook: { url: `${receiver.url}${path}` } }),
    }));
    const invalid = { text: article, webhook: { url: "https://10.0.0.1/" } };
    const response = await fetch(`${precis.url}/api/v1/batches`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ items: [...items, invalid] }),
    });
    expect(response.status).toBe(202);
    const batch = (await response.json()) as BatchAccepted;
    expect(batch.errors).toMatchObject([{ index: 3, errors: [{ field: "webhook.url" }] }]);
    await waitForState(
      async () => receiver.callsTo("/item").map(({ body }) => JSON.parse(body).data.id as string),
      (ids) => ids.length === 2,
    );
    const received = receiver.callsTo("/item").map(({ body }) => JSON.parse(body).data.id as string);
    expect(received.sort()).toEqual(
      batch.jobs
        .slice(0, 2)
        .map(({ id }) => id)
        .sort(),
    );
  });
});

describe("a webhook and the end of its job", () => {
  it("is delivered although the worker dies after the job, and again during the delivery", async () => {
    const own = await startPrecis({ ...settings, WEBHOOK_CONCURRENCY: "0" });
    onTestFinished(() => own.stop());
    const id = await submitTo(`${receiver.url}/survives`, undefined, own);
    expect((await readJob(own, id, 30)).status).toBe("completed");
    const kill = async () => {
      for (const { pid } of await readWorkers(own)) process.kill(pid, "SIGKILL");
    };
    await kill();
    expect(await deliveriesOf(id, own)).toMatchObject({ state: "pending", attempts: [] });

    // The next worker dies while it waits for the response.
    const entry = fileURLToPath(new URL("../../apps/worker/dist/main.js", import.meta.url));
    const env = { ...process.env, ...settings, JOB_LOCK: "2s", REDIS_URL: own.redis.url };
    const second = startProcess(entry, env, "inherit", []);
    answers.set("/survives", () => second.child.kill("SIGKILL"));
    await second.exited;
    answers.delete("/survives");
    const third = startProcess(entry, env, "inherit", []);
    onTestFinished(() => third.stop(5_000));
    await untilDeliveries(id, ({ state }) => state === "delivered", own);
    const ids = receiver.callsTo("/survives").map(({ headers }) => headers["webhook-id"]);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  it("is sent for both ends of a job that is cancelled and retried, and is deleted with the job", async () => {
    const own = await startPrecis({ ...settings, WORKERS: "0" });
    onTestFinished(() => own.stop());
    const id = await submitTo(`${receiver.url}/twice`, undefined, own);
    const call = (path: string, method = "POST") => fetch(`${own.url}/api/v1/jobs/${id}${path}`, { method });
    expect((await call("/cancel")).status).toBe(200);
    own.addWorker();
    await untilDeliveries(id, ({ state }) => state === "delivered", own);
    expect((await call("/retry")).status).toBe(202);
    await waitForState(
      async () => receiver.callsTo("/twice"),
      (calls) => calls.length === 2,
    );
    await untilDeliveries(id, ({ state }) => state === "delivered", own);
    const calls = receiver.callsTo("/twice");
    expect(calls.map(({ body }) => JSON.parse(body).type)).toEqual(["summary.cancelled", "summary.completed"]);
    expect(calls[0]?.headers["webhook-id"]).not.toBe(calls[1]?.headers["webhook-id"]);

    const redis = await connect(own.redis.url, "request");
    const left = async () => (await redis.keys("*")).filter((key) => key.includes(id));
    expect(await left()).not.toEqual([]);
    expect((await call("", "DELETE")).status).toBe(204);
    expect(await left()).toEqual([]);
    redis.disconnect();
  });

  it("is sent when its job fails", async () => {
    const own = await startPrecis({ ...settings, WORKERS: "0" });
    onTestFinished(() => own.stop());
    const id = await submitTo(`${receiver.url}/failed`, ["failed"], own);
    const redis = await connect(own.redis.url, "request");
    await redis.del(`precis:text:${id}`);
    redis.disconnect();
    own.addWorker();
    await untilDeliveries(id, ({ state }) => state === "delivered", own);
    expect(JSON.parse(receiver.callsTo("/failed")[0]?.body ?? "")).toMatchObject({
      type: "summary.failed",
      data: { id, status: "failed", error: { code: "text_lost" } },
    });
  });
});

describe("an invalid webhook", () => {
  it.each([
    ["text that is not a URL", "nonsense", /must be a URL/],
    ["another protocol", "ftp://example.com/", /must be a URL that begins with https/],
    ["credentials", "https://a:b@example.com/", /must not contain a user name/],
    ["the metadata service", "https://169.254.169.254/", /not a public address/],
    ["a decimal address", "https://2852039166/", /not a public address/],
    ["a mapped address", "https://[::ffff:10.0.0.1]/", /not a public address/],
    ["plain http to a public address", "http://1.1.1.1/", /must begin with https/],
  ])("with %s is rejected at the submission", async (_, url, message) => {
    const response = await post(precis, { url });
    expect(response.status).toBe(422);
    const problem = (await response.json()) as Problem;
    expect(problem.errors).toEqual([{ field: "webhook.url", message: expect.stringMatching(message) }]);
  });

  it("has no deliveries: those of a job without a webhook, or of an unknown job, are a 404", async () => {
    const { id } = (await (await post(precis, undefined)).json()) as JobAccepted;
    for (const unknown of [id, "none"]) {
      expect((await fetch(`${precis.url}/api/v1/jobs/${unknown}/deliveries`)).status).toBe(404);
    }
    await readJob(precis, id, 30);
    expect((await redeliver(id)).status).toBe(404);
  });
});
