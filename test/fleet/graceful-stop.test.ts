import { Agent, get, type IncomingMessage, request } from "node:http";
import type { JobAccepted, JobView } from "@precis/contracts";
import type { Precis } from "@precis/launcher";
import { afterEach, beforeEach, expect, it } from "vitest";
import { submit } from "../support/call-api.js";
import { startPrecis } from "../support/start-precis.js";

let precis: Precis;

// Without workers, so that every job is still waiting when the API stops.
beforeEach(async () => {
  precis = await startPrecis({ WORKERS: "0", HTTP_KEEP_ALIVE: "10s" });
});
afterEach(() => precis.stop());

/** Ends the API as a service manager does, once the requests it must not lose have reached it. */
async function stopApi(): Promise<number | null> {
  const { child, exited } = precis.api;
  child.kill("SIGTERM");
  return exited;
}

/** An answer read to its proper end; rejects when the connection is cut inside it. */
function readStream(path: string): { begun: Promise<void>; text: Promise<string> } {
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const text = new Promise<string>((resolve, reject) => {
    get(`${precis.url}${path}`, { headers: { accept: "text/event-stream" } }, (answer: IncomingMessage) => {
      let received = "";
      answer.setEncoding("utf8");
      answer.on("data", (data) => {
        received += data;
        begin();
      });
      answer.on("end", () => (answer.complete ? resolve(received) : reject(new Error("cut inside a chunk"))));
      answer.on("error", reject);
    }).on("error", reject);
  });
  return { begun, text };
}

it("whoever waits for a summary learns where the job is", async () => {
  const accepted = (await (await submit(precis, { text: "A text that waits." })).json()) as JobAccepted;
  const submitting = submit(precis, { text: "Another text that waits." }, 60);
  const polling = fetch(`${precis.url}/api/v1/jobs/${accepted.id}`, { headers: { prefer: "wait=60" } });
  // Both are waiting when the second job is in the list; the poll was sent before it was.
  await expect
    .poll(async () => (await fetch(`${precis.url}/api/v1/jobs`)).json(), { timeout: 30_000 })
    .toMatchObject({ jobs: [{}, {}] });
  const exited = stopApi();

  const answer = await submitting;
  expect(answer.status).toBe(202);
  const body = (await answer.json()) as JobAccepted;
  expect(answer.headers.get("location")).toBe(`/api/v1/jobs/${body.id}`);
  expect(body.status).toBe("queued");
  const poll = await polling;
  expect(poll.status).toBe(200);
  expect(((await poll.json()) as JobView).status).toBe("queued");
  expect(await exited).toBe(0);
});

it("event streams end with a time to reconnect, not inside a chunk", async () => {
  const { id } = (await (await submit(precis, { text: "A text that waits." })).json()) as JobAccepted;
  const streams = [readStream(`/api/v1/jobs/${id}/events`), readStream("/admin/fleet/events")];
  await Promise.all(streams.map(({ begun }) => begun));
  const exited = stopApi();
  for (const { text } of streams) expect(await text).toMatch(/\n\nretry: \d+\n\n$/);
  expect(await exited).toBe(0);
});

it("a request that is arriving when the stop begins is answered, on a connection that is then closed", async () => {
  const agent = new Agent({ keepAlive: true });
  const body = JSON.stringify({ text: "A text that arrives slowly." });
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  const sending = request(`${precis.url}/api/v1/summarize`, { agent, method: "POST", headers });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    sending.on("response", resolve).on("error", reject);
  });
  await new Promise<void>((resolve) => sending.write(body.slice(0, 10), () => resolve()));
  const exited = stopApi();
  // Once the API refuses new connections the stop has begun.
  await expect
    .poll(
      () =>
        fetch(`${precis.url}/health`).then(
          () => "open",
          () => "closed",
        ),
      { timeout: 10_000 },
    )
    .toBe("closed");
  sending.end(body.slice(10));
  const answer = await answered;
  answer.resume();
  expect(answer.statusCode).toBe(202);
  expect(answer.headers.connection).toBe("close");
  expect(await exited).toBe(0);
});

it("an idle connection stays open for as long as the setting says", async () => {
  const answer = await fetch(`${precis.url}/health`);
  expect(answer.headers.get("keep-alive")).toBe("timeout=10");
  await answer.text();
});
