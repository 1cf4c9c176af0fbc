import { commandResultSchema, type FleetHistory, type FleetView } from "@precis/contracts";
import { encodeSample, publishTelemetry } from "@precis/control";
import type { Precis } from "@precis/launcher";
import { connect, type Redis, redisKeys } from "@precis/redis";
import { afterAll, beforeAll, expect, it } from "vitest";
import { pretendWorker } from "../support/pretend-worker.js";
import { startPrecis } from "../support/start-precis.js";

let precis: Precis;
let redis: Redis;
let beat: NodeJS.Timeout;
const keys = redisKeys("precis");

beforeAll(async () => {
  precis = await startPrecis({ WORKERS: "0" });
  redis = await connect(precis.redis.url, "background");
  const publish = () => {
    const at = Date.now();
    return Promise.all(
      Array.from({ length: 100 }, (_, index) => publishTelemetry(redis, keys, pretendWorker(index, at))),
    );
  };
  // Its last two minutes, as a hundred workers would have written them.
  const now = Date.now();
  for (let at = now - 120_000; at < now; at += 2_000) {
    const pipeline = redis.pipeline();
    for (let index = 0; index < 100; index += 1) {
      pipeline.xadd(keys.history, `${at}-${index}`, "data", encodeSample(pretendWorker(index, at)));
    }
    await pipeline.exec();
  }
  // How much of the history a page reads goes by the workers heard from: they must all be there before it asks.
  await publish();
  // One that the end of the tests cuts off is no failure.
  beat = setInterval(() => void publish().catch(() => undefined), 3_000);
});
afterAll(async () => {
  clearInterval(beat);
  redis?.disconnect();
  await precis?.stop();
});

/** The first event of each name. */
async function firstEvents(url: string, names: string[]): Promise<Record<string, unknown>> {
  const abort = new AbortController();
  const response = await fetch(url, { signal: abort.signal });
  const found: Record<string, unknown> = {};
  let text = "";
  for await (const chunk of (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (const [, name = "", data = ""] of text.matchAll(/event: (\w+)\ndata: (.*)\n\n/g))
      found[name] ??= JSON.parse(data);
    if (names.every((name) => name in found)) break;
  }
  abort.abort();
  return found;
}

it("the fleet's events carry the last hour and the current state of a hundred workers", async () => {
  const events = await firstEvents(`${precis.url}/admin/fleet/events`, ["history", "fleet"]);
  const view = events.fleet as FleetView;
  expect(view.workers).toHaveLength(100);
  expect(view.workers[2]).toMatchObject({ id: "rack0-002", status: "running", limit: 1e9 });
  expect(view.per_minute).toHaveLength(60);
  const history = events.history as FleetHistory;
  expect(history.times.length).toBeGreaterThan(50);
  const known = Object.values(history.workers).filter((line) => line.some((value) => value !== null));
  expect(known).toHaveLength(100);
  for (const line of Object.values(history.workers)) expect(line).toHaveLength(history.times.length);
});

/** Sends a command the way the page does. */
const post = (path: string, body?: string, headers: Record<string, string> = {}) =>
  fetch(precis.url + path, { method: "POST", headers, ...(body === undefined ? {} : { body }) });

it.each(["/workers/nobody/pause", "/workers/nobody/resume", "/workers/nobody/drain"])(
  "%s of a worker that does not exist is never reported as done",
  async (path) => {
    const response = await post(path);
    expect(response.status).toBe(200);
    expect(commandResultSchema.parse(await response.json())).toMatchObject({
      status: "partial",
      message: expect.stringMatching(/^0 of 1 worker /),
      workers: [],
      unknown_workers: ["nobody"],
    });
  },
);

it("a wrong body is refused, and names the field", async () => {
  const wrong = await post("/workers/pause", '{"workers": []}');
  expect(wrong.status).toBe(422);
  expect(await wrong.json()).toMatchObject({ code: "invalid_request", errors: [{ field: "workers" }] });
  expect((await post("/workers/drain", '{"models": ["bart"]}')).status).toBe(422);
  expect((await post("/workers/nobody/pause", '{"workers": ["somebody"]}')).status).toBe(422);
  expect((await post("/workers/resume", "{")).status).toBe(400);
  expect((await post("/workers/explode")).status).toBe(404);
  expect((await post("/admin/fleet/commands", "{}")).status).toBe(404);
});

it("what a page of another site can send is refused", async () => {
  const foreign = { origin: "https://example.org" };
  for (const path of ["/workers/pause", "/workers/rack0-002/drain", "/memory/unload"]) {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
      expect([path, type, (await post(path, "", { ...foreign, "content-type": type })).status]).toEqual([
        path,
        type,
        403,
      ]);
    }
    expect((await post(path, undefined, { "sec-fetch-site": "cross-site" })).status).toBe(403);
  }
});
