import type { FleetHistory, FleetView } from "@precis/contracts";
import { encodeSample, publishTelemetry } from "@precis/control";
import type { Precis } from "@precis/launcher";
import { connect, type Redis, redisKeys } from "@precis/redis";
import { afterAll, beforeAll, expect, it } from "vitest";
import { pretendWorker } from "./support/pretend-worker.js";
import { startPrecis } from "./support/start-precis.js";

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

it("the fleet's events tell the last hour and the present of a hundred workers", async () => {
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

it("a command that no worker obeys is never told as done", async () => {
  const post = (body: unknown, type = "application/json") =>
    fetch(`${precis.url}/admin/fleet/commands`, {
      method: "POST",
      headers: { "content-type": type },
      body: JSON.stringify(body),
    });
  const unknown = await post({ action: "unload", models: ["bart"], workers: ["nobody"] });
  expect(await unknown.json()).toMatchObject({ status: "partial" });
  expect((await post({ action: "explode" })).status).toBe(422);
  expect((await post({ action: "unload", workers: [] })).status).toBe(422);
  // What a form on another site could send.
  expect((await post({ action: "unload" }, "text/plain")).status).toBe(415);
});
