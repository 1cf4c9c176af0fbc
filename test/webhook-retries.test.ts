import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { DeliveriesView, JobAccepted } from "@precis/contracts";
import type { Precis } from "@precis/launcher";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startPrecis } from "./support/start-precis.js";
import { type Answer, type Receiver, startReceiver } from "./support/start-receiver.js";
import { waitForState } from "./support/wait-for-state.js";

const outageMs = 120_000;
/** Of the default schedule the first five attempts: all of them lie within 36 minutes, and the outage well within those. */
const withinMs = 40 * 60_000;
const jobsEach = 3;

const text = (await readFile(new URL("../models/samples/article.txt", import.meta.url), "utf8")).slice(0, 600);
const secret = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
const tlsFolder = new URL("fixtures/tls/", import.meta.url);
const certificate = fileURLToPath(new URL("cert.pem", tlsFolder));

let precis: Precis;
const faults: string[] = [];
beforeAll(async () => {
  precis = await startPrecis({
    LOG_LEVEL: "fatal",
    WEBHOOK_SECRET: secret,
    WEBHOOK_ALLOW_NETWORKS: "127.0.0.1/32",
    NODE_EXTRA_CA_CERTS: certificate,
  });
});
afterAll(() => precis.stop());

async function submit(url: string): Promise<string> {
  const answer = await fetch(`${precis.url}/api/v1/summarize`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text, max_length: 8, webhook: { url } }),
  });
  expect(answer.status).toBe(202);
  return ((await answer.json()) as JobAccepted).id;
}

const submitSome = (url: string) => Promise.all(Array.from({ length: jobsEach }, () => submit(url)));

const deliveriesOf = async (id: string) =>
  (await (await fetch(`${precis.url}/api/v1/jobs/${id}/deliveries`)).json()) as DeliveriesView;

/** Verifies every call as it comes: a signature is good for five minutes, and the test goes on for longer. */
function startVerifying(answer: Answer, options?: Parameters<typeof startReceiver>[1]): Promise<Receiver> {
  return startReceiver((call, response) => {
    try {
      new Webhook(secret).verify(call.body, call.headers as Record<string, string>);
    } catch (error) {
      faults.push(`${call.path}: ${(error as Error).message}`);
    }
    answer(call, response);
  }, options);
}

/** Waits until all are delivered, tells when each was tried, and checks that every attempt had the same id. */
async function expectDelivered(ids: readonly string[], receiver: Receiver, path: string, since: number): Promise<void> {
  const views = await waitForState(
    () => Promise.all(ids.map(deliveriesOf)),
    (all) => all.every(({ state }) => state === "delivered"),
    withinMs,
    1_000,
  );
  expect(faults).toEqual([]);
  for (const { job_id, attempts } of views) {
    const tries = attempts.map(({ at, status, error }) => {
      return `${((Date.parse(at) - since) / 1_000).toFixed(1)} s ${status ?? error?.code}`;
    });
    console.log(`${path} ${job_id}: ${tries.join(", ")}`);
    expect(attempts.at(-1)).toMatchObject({ state: "delivered", status: 200 });
    expect(new Set(attempts.map(({ message_id }) => message_id)).size).toBe(1);
    const [first] = attempts;
    expect(first?.state, "the outage was there").toBe("retrying");
    const taken = receiver.callsTo(path).filter(({ body }) => JSON.parse(body).data.id === job_id);
    const last = taken.at(-1);
    expect(last?.headers["webhook-id"]).toBe(first?.message_id);
  }
}

/** Two minutes of real time against the default schedule, so up to 36 minutes: only with FULL=1. */
describe.runIf(process.env.FULL === "1").concurrent("a webhook whose receiver, for two minutes,", () => {
  it("is down, is delivered once", { timeout: withinMs }, async () => {
    const closed = await startReceiver(() => {});
    await closed.stop();
    const since = Date.now();
    const ids = await submitSome(`${closed.url}/down`);
    await waitForState(
      async () => Date.now(),
      (now) => now >= since + outageMs,
      outageMs + 10_000,
    );
    const back = await startVerifying((_, response) => response.end(), { port: closed.port });
    await expectDelivered(ids, back, "/down", since);
    expect(back.calls.map(({ body }) => JSON.parse(body).data.id).sort()).toEqual([...ids].sort());
    await back.stop();
  });

  it.each([
    ["answers 500", "/errs", 500],
    ["answers too slowly", "/slow", undefined],
  ])("%s, is delivered", { timeout: withinMs }, async (_, path, status) => {
    const since = Date.now();
    const receiver = await startVerifying((_, response) => {
      if (Date.now() > since + outageMs) response.end();
      else if (status !== undefined) response.writeHead(status).end("sorry");
    });
    await expectDelivered(await submitSome(`${receiver.url}${path}`), receiver, path, since);
    await receiver.stop();
  });

  it("speaks no TLS, is delivered, and not before", { timeout: withinMs }, async () => {
    const tls = {
      key: await readFile(new URL("key.pem", tlsFolder), "utf8"),
      cert: await readFile(certificate, "utf8"),
    };
    const since = Date.now();
    const plain = await startReceiver((_, response) => response.end());
    const ids = await submitSome(`https://localhost:${plain.port}/tls`);
    await waitForState(
      async () => Date.now(),
      (now) => now >= since + outageMs,
      outageMs + 10_000,
    );
    expect(plain.calls).toEqual([]);
    await plain.stop();
    const secure = await startVerifying((_, response) => response.end(), { port: plain.port, tls });
    await expectDelivered(ids, secure, "/tls", since);
    await secure.stop();
  });

  it("redirects to the metadata service, is delivered there never, and here once", { timeout: withinMs }, async () => {
    const since = Date.now();
    const receiver = await startVerifying((_, response) => {
      if (Date.now() > since + outageMs) response.end();
      else response.writeHead(307, { location: "http://169.254.169.254/latest/meta-data/" }).end();
    });
    const ids = await submitSome(`${receiver.url}/redirects`);
    await expectDelivered(ids, receiver, "/redirects", since);
    for (const id of ids) {
      const { attempts } = await deliveriesOf(id);
      // An answer from elsewhere would have another status.
      expect(attempts.map(({ status }) => status)).toEqual([...attempts.slice(1).map(() => 307), 200]);
    }
    await receiver.stop();
  });
});
