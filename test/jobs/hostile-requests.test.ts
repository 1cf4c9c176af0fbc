import { readFile } from "node:fs/promises";
import { problemSchema } from "@precis/contracts";
import type { Precis } from "@precis/launcher";
import { storedQueue } from "@precis/queue/testing";
import { connect } from "@precis/redis";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type HostileRequest, hostileRequests } from "../support/hostile-requests.js";
import { startPrecis } from "../support/start-precis.js";

let precis: Precis;

beforeAll(async () => {
  precis = await startPrecis({ WORKERS: "0" });
});
afterAll(() => precis.stop());

/** Requests under way at a time. */
const lanes = 32;

async function sendAll(count: number, seed: number): Promise<string[]> {
  const requests = hostileRequests(count, seed);
  const wrong: string[] = [];
  const lane = async () => {
    for (const request of requests) {
      const fault = await send(request);
      if (fault !== undefined) wrong.push(`${request.what}: ${fault} (${request.method} ${request.path.slice(0, 80)})`);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return wrong;
}

/** What is wrong with the answer, if anything is. */
async function send({ method, path, headers, body, statuses }: HostileRequest): Promise<string | undefined> {
  const answer = await fetch(`${precis.url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
  const text = await answer.text();
  if (!statuses.includes(answer.status)) return `HTTP ${answer.status} ${text.slice(0, 200)}`;
  if (text.length > 20_000) return `an answer of ${text.length} characters`;
  if (!answer.headers.get("content-type")?.includes("problem+json")) return `no problem+json: ${text.slice(0, 200)}`;
  const problem = problemSchema.safeParse(JSON.parse(text));
  return problem.success ? undefined : `not a problem: ${text.slice(0, 200)}`;
}

async function residentBytes(): Promise<number> {
  const status = await readFile(`/proc/${precis.api.child.pid}/status`, "utf8").catch(() => "");
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1_024;
}

it("10,000 hostile requests are each refused, nothing is queued, and memory stays flat", async () => {
  // The first requests fill the heap to its working size.
  expect(await sendAll(5_000, 1)).toEqual([]);
  const before = await residentBytes();
  expect(await sendAll(5_000, 2)).toEqual([]);
  expect(await residentBytes()).toBeLessThan(before + 50e6);

  const redis = await connect(precis.redis.url, "background");
  const keys = await redis.keys("*");
  const emptyKeys = [storedQueue(redis), storedQueue(redis, "webhooks")].flatMap((queue) => queue.emptyKeys);
  redis.disconnect();
  expect(keys.filter((key) => !emptyKeys.includes(key))).toEqual([]);
});
