import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { createClient } from "./client.js";
import { PrecisApiError, PrecisConnectionError } from "./errors.js";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A server on loopback that answers the nth request with the nth handler, the last one for all further ones. */
async function serve(...handlers: Handler[]) {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    request.resume();
    request.on("end", () => handlers[Math.min(requests.length, handlers.length) - 1]?.(request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { requests, url, client: createClient({ url, key: "precis_a_b", mostDelayMs: 20, retries: 2 }) };
}

const json =
  (status: number, body: object, headers: Record<string, string> = {}): Handler =>
  (_, response) =>
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
const problem = (status: number, code: string) =>
  json(status, { type: "about:blank", title: "No", status, code, detail: "not now" }, { "retry-after": "1" });
const accepted = json(202, { id: "job_1", status: "queued", links: { self: "/api/v1/jobs/job_1" } });

it("tries again after 503, 429 and a broken connection, as the same submission", async () => {
  const { client, requests } = await serve(problem(503, "queue_full"), (request) => request.socket.destroy(), accepted);
  expect(await client.submit("A text.")).toMatchObject({ id: "job_1" });
  const keys = requests.map(({ headers }) => headers["idempotency-key"]);
  expect(new Set(keys).size).toBe(1);
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(requests.map(({ headers }) => headers.authorization)).toEqual(Array(3).fill("Bearer precis_a_b"));
});

it("gives up with the problem, at once when trying again cannot help", async () => {
  const full = await serve(problem(503, "queue_full"));
  await expect(full.client.submit("A text.")).rejects.toMatchObject({ status: 503, code: "queue_full" });
  expect(full.requests).toHaveLength(3);
  const wrong = await serve(problem(422, "invalid_request"));
  await expect(wrong.client.submit("A text.")).rejects.toThrow(PrecisApiError);
  expect(wrong.requests).toHaveLength(1);
});

it("says so when something else answers, or nothing", async () => {
  const { client } = await serve((_, response) => response.writeHead(502).end("<h1>Bad gateway</h1>"));
  await expect(client.memory()).rejects.toMatchObject({ status: 502, code: "unknown" });
  const nobody = createClient({ url: "http://127.0.0.1:1", retries: 0 });
  await expect(nobody.memory()).rejects.toThrow(PrecisConnectionError);
  const silent = await serve(() => {});
  const impatient = createClient({ url: silent.url, retries: 0, timeoutMs: 20 });
  await expect(impatient.memory()).rejects.toThrow(/no answer within 0.02 s/);
});

it("goes on with a stream that broke off, from the last event that came", async () => {
  const { client, requests } = await serve(
    (request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write('event: started\ndata: {}\nid: 7\n\nevent: partial\ndata: {"te', () => request.socket.destroy());
    },
    (_, response) =>
      response
        .writeHead(200, { "content-type": "text/event-stream" })
        .end('event: completed\ndata: {"id":"job_1","status":"completed"}\nid: 8-end\n\n'),
  );
  const events = [];
  for await (const { event, id } of client.stream("job_1")) events.push([event, id]);
  expect(events).toEqual([
    ["started", "7"],
    ["completed", "8-end"],
  ]);
  expect(requests[1]?.headers["last-event-id"]).toBe("7");
});

it("stops when it is told to, while it waits to try again too", async () => {
  const { client } = await serve(problem(503, "queue_full"));
  const stop = new AbortController();
  const submitted = client.submit("A text.", { signal: stop.signal });
  stop.abort(new Error("enough"));
  await expect(submitted).rejects.toThrow("enough");
});

it("puts what is asked for into the query, and encodes ids", async () => {
  const { client, requests } = await serve(json(200, { jobs: [] }));
  await client.list({ status: "failed", limit: 5, createdAfter: "2026-11-24T08:00:00Z" });
  await client.read("a/../b");
  expect(requests.map(({ url }) => url)).toEqual([
    "/api/v1/jobs?status=failed&created_after=2026-11-24T08%3A00%3A00Z&limit=5",
    "/api/v1/jobs/a%2F..%2Fb",
  ]);
});

it("asks for no wait when it wants none, whatever the server's default is", async () => {
  const { client, requests } = await serve(accepted);
  await client.submit("A text.");
  await client.submit("A text.", { wait: 2.5 });
  await client.read("job_1");
  expect(requests.map(({ headers }) => headers.prefer)).toEqual(["wait=0", "wait=3", undefined]);
});

it("reports each worker as it answers a command, then resolves with the result", async () => {
  const worker = { id: "a", outcome: "done", freed: 1 };
  const result = { status: "ok", workers: [worker], no_answer: [], unknown_workers: [] };
  const lines = (text: string): Handler => {
    return (_, response) => response.writeHead(200, { "content-type": "application/x-ndjson" }).end(text);
  };
  const whole = await serve(lines(`${JSON.stringify({ worker })}\n${JSON.stringify({ result })}\n`));
  const seen: unknown[] = [];
  expect(await whole.client.drain({ workers: ["a"] }, { onWorker: (one) => seen.push(one) })).toEqual(result);
  expect(seen).toEqual([worker]);
  expect([whole.requests[0]?.url, whole.requests[0]?.headers.accept]).toEqual([
    "/workers/drain",
    "application/x-ndjson",
  ]);
  for (const cut of [`${JSON.stringify({ worker })}\n`, '{"worker":']) {
    const { client } = await serve(lines(cut));
    await expect(client.pause({}, { onWorker: () => {} })).rejects.toThrow(PrecisConnectionError);
  }
  const plain = await serve(json(200, result));
  expect(await plain.client.resume()).toEqual(result);
  expect(plain.requests[0]?.headers.accept).toBe("application/json");
});
