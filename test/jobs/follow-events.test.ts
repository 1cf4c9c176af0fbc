import { readFile } from "node:fs/promises";
import { request } from "node:http";
import type { JobAccepted } from "@precis/contracts";
import type { Precis } from "@precis/launcher";
import { connect } from "@precis/redis";
import { afterAll, beforeAll, expect, it } from "vitest";
import { submit } from "../support/call-api.js";
import { type ReceivedEvent, readEvents } from "../support/read-events.js";
import { startPrecis } from "../support/start-precis.js";
import { waitForState } from "../support/wait-for-state.js";

const article = await readFile(new URL("../../models/samples/article.txt", import.meta.url), "utf8");
let precis: Precis;

beforeAll(async () => {
  precis = await startPrecis();
});
afterAll(() => precis.stop());

const accept = async (text: string, max_length = 60, min_length = 0) =>
  ((await (await submit(precis, { text, max_length, min_length })).json()) as JobAccepted).id;

it("a job can be followed from waiting to its summary, token by token", async () => {
  // In one part, and long: partial texts come no more often than every 50 ms.
  const id = await accept(article.slice(0, 1_000), 180, 150);
  const events: ReceivedEvent[] = [];
  for await (const event of readEvents(precis.url, id)) events.push(event);

  const names = events.map(({ event }) => event);
  // An idle worker may have taken the job before the stream was opened.
  expect(names.filter((name) => name !== "queued")[0]).toBe("started");
  expect(names.at(-1)).toBe("completed");
  expect(names).toContain("progress");
  const partials = events.flatMap((event) => (event.event === "partial" ? [event.data.text] : []));
  const last = events.at(-1);
  const summary = last?.event === "completed" ? (last.data.summary ?? "") : "";
  expect(partials.length).toBeGreaterThan(2);
  for (const [index, text] of partials.entries()) {
    expect(text.startsWith((partials[index - 1] ?? "").slice(0, -1))).toBe(true);
    expect(summary.startsWith(text.trimEnd().slice(0, -1))).toBe(true);
  }
  expect(new Set(events.map((event) => event.id)).size).toBe(events.length);
});

it("somebody who joins a running job late still sees the text grow", async () => {
  const text = Array.from({ length: 8 }, (_, part) => `Part ${part}. ${article}`).join("\n\n");
  const id = await accept(text);
  const first = readEvents(precis.url, id);
  for await (const { event } of first) if (event === "progress") break;
  const names = new Set<string>();
  for await (const { event } of readEvents(precis.url, id)) names.add(event);
  expect([...names]).toEqual(expect.arrayContaining(["started", "progress", "partial", "completed"]));
});

it("a reader that reconnects is told how the job stands, and after its end that there is no more", async () => {
  const id = await accept(article, 30);
  let seen: ReceivedEvent | undefined;
  for await (const event of readEvents(precis.url, id)) {
    seen = event;
    if (event.event === "started") break;
  }
  const rest: ReceivedEvent[] = [];
  for await (const event of readEvents(precis.url, id, seen?.id)) rest.push(event);
  expect(rest.at(-1)?.event).toBe("completed");
  await expect(readEvents(precis.url, id, rest.at(-1)?.id).next()).rejects.toThrow("HTTP 204");
  await expect(readEvents(precis.url, "job_none").next()).rejects.toThrow("HTTP 404");
});

it("2,000 open streams share the API's Redis connections, and all of them see the end", async () => {
  // Without a worker the job waits while the streams gather.
  const lonely = await startPrecis({ WORKERS: "0" });
  const redis = await connect(lonely.redis.url, "request");
  const connections = async () =>
    String(await redis.client("LIST"))
      .trim()
      .split("\n").length;
  try {
    const { id } = (await (await submit(lonely, { text: "A short text." })).json()) as JobAccepted;
    const before = await connections();
    const streams: OpenStream[] = [];
    const open = async () => {
      while (streams.length < 2_000) {
        const stream = openStream(`${lonely.url}/api/v1/jobs/${id}/events`);
        streams.push(stream);
        // A busy machine may answer 503 when Redis was not read from in time; a client tries again.
        if ((await stream.begun) !== 200) streams.splice(streams.indexOf(stream), 1);
      }
    };
    await Promise.all(Array.from({ length: 50 }, open));
    expect(streams).toHaveLength(2_000);
    // The one that reads events is there while anybody follows.
    expect(await connections()).toBe(before + 1);
    lonely.addWorker();
    const received = await Promise.all(streams.map(({ all }) => all));
    const told = (text: string) =>
      /event: queued\ndata: {"position":1}/.test(text) && text.includes("event: completed");
    expect(received.filter((text) => !told(text)).slice(0, 3)).toEqual([]);
    await waitForState(
      async () => (await redis.pubsub("NUMSUB", `precis:job-channel:${id}`)) as [string, number],
      ([, followers]) => Number(followers) === 0,
    );
  } finally {
    redis.disconnect();
    await lonely.stop();
  }
});

interface OpenStream {
  /** Resolves with the status once the first event is there. */
  begun: Promise<number>;
  all: Promise<string>;
}

/** `node:http` without an agent: fetch would open no more than it likes at a time. */
function openStream(url: string): OpenStream {
  let text = "";
  let begin = (_: number) => {};
  const begun = new Promise<number>((resolve) => {
    begin = resolve;
  });
  const all = new Promise<string>((resolve, reject) => {
    const call = request(url, { agent: false }, (answer) => {
      answer.setEncoding("utf8");
      answer.on("data", (chunk) => {
        text += chunk;
        begin(answer.statusCode ?? 0);
      });
      answer.once("end", () => resolve(text));
    });
    call.once("error", reject);
    call.end();
  });
  return { begun, all };
}
