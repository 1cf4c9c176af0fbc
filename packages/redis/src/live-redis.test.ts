import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type ConnectionNotice, type Redis, redisConnections } from "./connection.js";
import { startTestRedis, type TestRedis } from "./testing/start-test-redis.js";

let server: TestRedis;
let request: Redis;
let background: Redis;
const notices: ConnectionNotice[] = [];
let onNotice: (notice: ConnectionNotice) => void;

beforeAll(async () => {
  server = await startTestRedis("background");
  const connections = redisConnections(server.url, { process: "test", onNotice: (notice) => onNotice(notice) });
  request = await connections.open("request", "request");
  background = await connections.open("background", "background");
});
afterAll(async () => {
  request?.disconnect();
  background?.disconnect();
  await server?.stop();
});
beforeEach(async () => {
  await server.redis.replicaof("NO", "ONE");
  await server.redis.flushall();
  await becomesReady(request);
  await becomesReady(background);
  notices.length = 0;
  onNotice = (notice) => void notices.push(notice);
});

async function becomesReady(redis: Redis): Promise<void> {
  if (redis.status !== "ready") await new Promise((resolve) => redis.once("ready", resolve));
}

const becomeReplica = () => server.redis.replicaof("127.0.0.1", "1");
const script = `return redis.call("SET", KEYS[1], ARGV[1])`;

it("on a replica a request fails at once, and every connection of the process is made anew", async () => {
  const before = [request.stream, background.stream];
  await becomeReplica();
  await expect(request.set("key", "value")).rejects.toThrow(/READONLY/);
  expect(notices).toEqual([{ connection: "test:request", reason: "wrong-server", code: "READONLY" }]);
  await expect.poll(() => request.stream !== before[0] && background.stream !== before[1]).toBe(true);
});

it.each([
  ["a command", () => background.set("key", "value")],
  ["a script", () => background.eval(script, 1, "key", "value")],
])("%s in the background waits for the primary", async (_, write) => {
  await becomeReplica();
  const written = write();
  await expect.poll(() => notices.length).toBeGreaterThan(0);
  await server.redis.replicaof("NO", "ONE");
  expect(await written).toBe("OK");
  expect(await server.redis.get("key")).toBe("value");
});

it("a transaction fails as a whole: no part of it is carried out later", async () => {
  await becomeReplica();
  await expect(background.multi().set("one", "1").set("two", "2").exec()).rejects.toThrow(/EXECABORT/);
  await server.redis.replicaof("NO", "ONE");
  await becomesReady(background);
  await background.ping();
  expect(await server.redis.keys("*")).toEqual([]);
});

it("a script refused inside a transaction is noticed too", async () => {
  await becomeReplica();
  await background
    .multi()
    .eval(script, 1, "key", "value")
    .exec()
    .catch(() => {});
  await expect.poll(() => notices.length).toBeGreaterThan(0);
});

it("while it stays a replica, connecting anew becomes rare", async () => {
  const times: number[] = [];
  onNotice = ({ connection }) => {
    if (connection === "test:background") times.push(performance.now());
  };
  await becomeReplica();
  const written = background.set("key", "value");
  await expect.poll(() => times.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(5);
  const gaps = times.slice(1).map((time, index) => time - (times[index] as number));
  // Each time twice as long as before; a busy machine only adds to it. Timers may fire a millisecond early.
  for (const [index, gap] of gaps.slice(0, 4).entries()) expect(gap).toBeGreaterThan(50 * 2 ** index - 5);
  await server.redis.replicaof("NO", "ONE");
  await written;
});
