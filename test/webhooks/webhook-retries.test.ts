import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { DeliveriesView, JobAccepted } from "@precis/contracts";
import type { Precis } from "@precis/launcher";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startPrecis } from "../support/start-precis.js";
import { type Answer, type Receiver, startReceiver } from "../support/start-receiver.js";
import { waitForState } from "../support/wait-for-state.js";

const failureMs = 120_000;
/** The first five attempts of the default schedule lie within 36 minutes, and the failure well within those. */
const maxDeliveryMs = 40 * 60_000;
const jobsPerEndpoint = 3;

const text = (await readFile(new URL("../../models/samples/article.txt", import.meta.url), "utf8")).slice(0, 600);
const secret = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
const tlsFolder = new URL("../fixtures/tls/", import.meta.url);
const certificate = fileURLToPath(new URL("cert.pem", tlsFolder));

let precis: Precis;
const verificationErrors: string[] = [];
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
  const response = await fetch(`${precis.url}/api/v1/summarize`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text, max_length: 8, webhook: { url } }),
  });
  expect(response.status).toBe(202);
  return ((await response.json()) as JobAccepted).id;
}

const submitSome = (url: string) => Promise.all(Array.from({ length: jobsPerEndpoint }, () => submit(url)));

const deliveriesOf = async (id: string) =>
  (await (await fetch(`${precis.url}/api/v1/jobs/${id}/deliveries`)).json()) as DeliveriesView;

/** Verifies each call when it arrives, because a signature is valid for five minutes and the test takes longer. */
function startVerifying(answer: Answer, options?: Parameters<typeof startReceiver>[1]): Promise<Receiver> {
  return startReceiver((call, response) => {
    try {
      new Webhook(secret).verify(call.body, call.headers as Record<string, string>);
    } catch (error) {
      verificationErrors.push(`${call.path}: ${(error as Error).message}`);
    }
    answer(call, response);
  }, options);
}

/** Waits until all are delivered, prints the time of each attempt, and checks that all attempts had the same id. */
async function expectDelivered(ids: readonly string[], receiver: Receiver, path: string, since: number): Promise<void> {
  const views = await waitForState(
    () => Promise.all(ids.map(deliveriesOf)),
    (all) => all.every(({ state }) => state === "delivered"),
    maxDeliveryMs,
    1_000,
  );
  expect(verificationErrors).toEqual([]);
  for (const { job_id, attempts } of views) {
    const summaries = attempts.map(({ at, status, error }) => {
      return `${((Date.parse(at) - since) / 1_000).toFixed(1)} s ${status ?? error?.code}`;
    });
    console.log(`${path} ${job_id}: ${summaries.join(", ")}`);
    expect(attempts.at(-1)).toMatchObject({ state: "delivered", status: 200 });
    expect(new Set(attempts.map(({ message_id }) => message_id)).size).toBe(1);
    const [first] = attempts;
    expect(first?.state, "the first attempt failed").toBe("retrying");
    const received = receiver.callsTo(path).filter(({ body }) => JSON.parse(body).data.id === job_id);
    const last = received.at(-1);
    expect(last?.headers["webhook-id"]).toBe(first?.message_id);
  }
}

/** Runs only with FULL=1: two minutes of failures in real time against the default schedule take up to 36 minutes. */
describe.runIf(process.env.FULL === "1").concurrent("a webhook whose endpoint, for two minutes,", () => {
  it("is down, is delivered once", { timeout: maxDeliveryMs }, async () => {
    const closed = await startReceiver(() => {});
    await closed.stop();
    const since = Date.now();
    const ids = await submitSome(`${closed.url}/down`);
    await waitForState(
      async () => Date.now(),
      (now) => now >= since + failureMs,
      failureMs + 10_000,
    );
    const back = await startVerifying((_, response) => response.end(), { port: closed.port });
    await expectDelivered(ids, back, "/down", since);
    expect(back.calls.map(({ body }) => JSON.parse(body).data.id).sort()).toEqual([...ids].sort());
    await back.stop();
  });

  it.each([
    ["returns 500", "/error", 500],
    ["times out", "/slow", undefined],
  ])("%s, is delivered", { timeout: maxDeliveryMs }, async (_, path, status) => {
    const since = Date.now();
    const receiver = await startVerifying((_, response) => {
      if (Date.now() > since + failureMs) response.end();
      else if (status !== undefined) response.writeHead(status).end("sorry");
    });
    await expectDelivered(await submitSome(`${receiver.url}${path}`), receiver, path, since);
    await receiver.stop();
  });

  it("does not speak TLS, is delivered only after that", { timeout: maxDeliveryMs }, async () => {
    const tls = {
      key: await readFile(new URL("key.pem", tlsFolder), "utf8"),
      cert: await readFile(certificate, "utf8"),
    };
    const since = Date.now();
    const plain = await startReceiver((_, response) => response.end());
    const ids = await submitSome(`https://localhost:${plain.port}/tls`);
    await waitForState(
      async () => Date.now(),
      (now) => now >= since + failureMs,
      failureMs + 10_000,
    );
    expect(plain.calls).toEqual([]);
    await plain.stop();
    const secure = await startVerifying((_, response) => response.end(), { port: plain.port, tls });
    await expectDelivered(ids, secure, "/tls", since);
    await secure.stop();
  });

  it("redirects to the metadata service, is delivered only to the endpoint itself, once", {
    timeout: maxDeliveryMs,
  }, async () => {
    const since = Date.now();
    const receiver = await startVerifying((_, response) => {
      if (Date.now() > since + failureMs) response.end();
      else response.writeHead(307, { location: "http://169.254.169.254/latest/meta-data/" }).end();
    });
    const ids = await submitSome(`${receiver.url}/redirects`);
    await expectDelivered(ids, receiver, "/redirects", since);
    for (const id of ids) {
      const { attempts } = await deliveriesOf(id);
      // A response from the target of the redirect would have another status.
      expect(attempts.map(({ status }) => status)).toEqual([...attempts.slice(1).map(() => 307), 200]);
    }
    await receiver.stop();
  });
});
