import { readFile } from "node:fs/promises";
import type { BatchAccepted, BatchView, JobAccepted, JobPage, JobView, Problem } from "@precis/contracts";
import type { Precis } from "@precis/launcher";
import { storedQueue } from "@precis/queue/testing";
import { connect, type Redis } from "@precis/redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readJob, submit } from "../support/call-api.js";
import { searchRedis } from "../support/search-redis.js";
import { startPrecis } from "../support/start-precis.js";
import { waitForState } from "../support/wait-for-state.js";

const article = await readFile(new URL("../../models/samples/article.txt", import.meta.url), "utf8");
/** Without a worker: jobs wait. */
let idle: Precis;
let precis: Precis;
let redis: Redis;

beforeAll(async () => {
  [idle, precis] = await Promise.all([startPrecis({ WORKERS: "0" }), startPrecis({ WORKER_CONCURRENCY: "1" })]);
  redis = await connect(idle.redis.url, "background");
});
afterAll(async () => {
  redis.disconnect();
  await Promise.all([idle.stop(), precis.stop()]);
});

const json = { "content-type": "application/json" };
const post = (path: string, body: unknown, headers: Record<string, string> = json, to = idle) =>
  fetch(`${to.url}${path}`, {
    method: "POST",
    headers,
    body: typeof body === "string" || body instanceof FormData ? body : JSON.stringify(body),
  });
const dataOf = (id: string) => storedQueue(redis).data(id);
const idOf = async (answer: Response) => ((await answer.json()) as JobAccepted).id;

describe("what a submission may say", () => {
  it("is carried with the job", async () => {
    const answer = await post("/api/v1/summarize", {
      text: article,
      model: "t5",
      length: "short",
      num_beams: 4,
      priority: 2,
      ttl: "90s",
      metadata: { page: "7" },
      deadline: 3600,
    });
    expect(answer.status).toBe(202);
    const id = await idOf(answer);
    const data = await dataOf(id);
    expect(data).toMatchObject({ model: "t5", numBeams: 4, priority: 2, resultTtlSeconds: 90, maxLength: 20 });
    expect(data.startBy).toBeGreaterThan(Date.now() + 3_000_000);
    const job = await readJob(idle, id);
    expect(job).toMatchObject({ status: "queued", metadata: { page: "7" }, priority: 2, position: 1 });
    expect(job.links).toEqual({
      self: `/api/v1/jobs/${id}`,
      events: `/api/v1/jobs/${id}/events`,
      cancel: `/api/v1/jobs/${id}/cancel`,
    });
    await fetch(`${idle.url}/api/v1/jobs/${id}`, { method: "DELETE" });
  });

  it("may come as plain text with a query, or as a file in a form", async () => {
    const plain = await post("/api/v1/summarize?model=t5&max_length=30&ttl=1h&metadata.a=1", article, {
      "content-type": "text/plain; charset=utf-8",
    });
    expect(plain.status).toBe(202);
    const id = await idOf(plain);
    expect(await dataOf(id)).toMatchObject({
      model: "t5",
      maxLength: 30,
      resultTtlSeconds: 3600,
      metadata: { a: "1" },
    });
    expect(await redis.get(`precis:text:${id}`)).toBe(article);

    const form = new FormData();
    form.set("file", new File([article], "article.md"));
    form.set("max_length", "31");
    const sent = await post("/api/v1/summarize", form, {});
    expect(sent.status).toBe(202);
    const formId = await idOf(sent);
    expect(await dataOf(formId)).toMatchObject({ model: "bart", maxLength: 31 });
    expect(await redis.get(`precis:text:${formId}`)).toBe(article);
  });

  const pdf = new FormData();
  pdf.set("file", new File(["%PDF"], "article.pdf"));
  it.each([
    ["a PDF in a form", pdf, {}],
    ["XML", "<a/>", { "content-type": "application/xml" }],
    ["an unknown charset", "a", { "content-type": "text/plain; charset=klingon" }],
    ["a compressed body", "a", { "content-type": "text/plain", "content-encoding": "gzip" }],
  ] as [string, string | FormData, Record<string, string>][])("%s is refused with 415", async (_, body, headers) => {
    const answer = await post("/api/v1/summarize", body, headers);
    expect(answer.status).toBe(415);
    expect(((await answer.json()) as Problem).code).toBe("unsupported_media_type");
  });

  it.each([
    ["length", { length: "short", max_length: 9 }],
    ["length", { length: "huge" }],
    ["priority", { priority: 0 }],
    ["priority", { priority: 11 }],
    ["ttl", { ttl: "31d" }],
    ["ttl", { ttl: 0 }],
    ["metadata", { metadata: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`k${n}`, ""])) }],
    ["metadata.a", { metadata: { a: 1 } }],
    ["deadline", { deadline: "tomorrow" }],
    ["num_beams", { num_beams: 9 }],
  ])("a wrong %s is named", async (field, rest) => {
    const answer = await post("/api/v1/summarize", { text: "A text.", ...rest });
    expect(answer.status).toBe(422);
    expect(((await answer.json()) as Problem).errors?.map((error) => error.field)).toEqual([field]);
  });

  it("an option in the query beside a JSON body, where nobody looks at it, is refused", async () => {
    const answer = await post("/api/v1/summarize?model=t5", { text: "A text." });
    expect(answer.status).toBe(422);
    expect(((await answer.json()) as Problem).detail).toContain("model");
  });

  it("urgent jobs are served before others that came earlier", async () => {
    const later = await idOf(await post("/api/v1/summarize", { text: article, priority: 9 }));
    const usual = await idOf(await post("/api/v1/summarize", { text: article }));
    const urgent = await idOf(await post("/api/v1/summarize", { text: article, priority: 1 }));
    const [one, two, three] = await Promise.all([urgent, usual, later].map((id) => readJob(idle, id)));
    expect(one?.position).toBe(1);
    expect(two?.position).toBeLessThan(three?.position ?? 0);
  });
});

describe("time", () => {
  it("a job that cannot start in time fails with that reason, with or without a worker", async () => {
    const id = await idOf(await post("/api/v1/summarize", { text: article, deadline: 0.05 }));
    const job = await readJob(idle, id, 30);
    expect(job).toMatchObject({ status: "failed", error: { code: "deadline_exceeded" }, attempts: 0 });
    const past = await post("/api/v1/summarize", { text: article, deadline: "2020-01-01T00:00:00Z" });
    expect(past.status).toBe(422);
  });

  it("a job is gone when its own time to live is over, others stay", async () => {
    const text = `Archaeopteryx. ${article}`;
    const brief = await idOf(await submit(precis, JSON.stringify({ text, max_length: 9, ttl: 1 })));
    const kept = await idOf(await submit(precis, { text: article, max_length: 9 }));
    expect((await readJob(precis, brief, 60)).status).toBe("completed");
    await waitForState(
      async () => (await fetch(`${precis.url}/api/v1/jobs/${brief}`)).status,
      (status) => status === 404,
    );
    const own = await connect(precis.redis.url, "background");
    const left = await searchRedis(own, [brief, "Archaeopteryx"]);
    // BullMQ's stream of recent events is trimmed by length.
    expect(left.filter((key) => key !== storedQueue(own).keys.events)).toEqual([]);
    own.disconnect();
    expect(await readJob(precis, kept, 60)).toMatchObject({ status: "completed", summary: expect.any(String) });
  });

  it("an unchanged job is answered with 304", async () => {
    const id = await idOf(await post("/api/v1/summarize", { text: article }));
    const first = await fetch(`${idle.url}/api/v1/jobs/${id}`);
    const etag = first.headers.get("etag") ?? "";
    expect(first.headers.get("retry-after")).toBe("1");
    const again = await fetch(`${idle.url}/api/v1/jobs/${id}`, { headers: { "if-none-match": etag } });
    expect(again.status).toBe(304);
    await fetch(`${idle.url}/api/v1/jobs/${id}/cancel`, { method: "POST" });
    const changed = await fetch(`${idle.url}/api/v1/jobs/${id}`, { headers: { "if-none-match": etag } });
    expect(changed.status).toBe(200);
    expect(changed.headers.get("retry-after")).toBeNull();
  });
});

describe("Idempotency-Key", () => {
  const withKey = (key: string) => ({ ...json, "idempotency-key": key });
  const jobsInQueue = () => storedQueue(redis).countWaiting();

  it("leads 100 simultaneous repeats to one job", async () => {
    const before = await jobsInQueue();
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => post("/api/v1/summarize", { text: article }, withKey("one"))),
    );
    expect(new Set(await Promise.all(answers.map(idOf))).size).toBe(1);
    expect(answers.map(({ status }) => status)).toEqual(Array(100).fill(202));
    expect(answers.filter(({ headers }) => headers.get("idempotency-replayed") === "true")).toHaveLength(99);
    expect(await jobsInQueue()).toBe(before + 1);
  });

  it("with another body is refused, and a key that is too long too", async () => {
    const other = await post("/api/v1/summarize", { text: "Another text." }, withKey("one"));
    expect(other.status).toBe(422);
    expect(((await other.json()) as Problem).code).toBe("idempotency_key_reused");
    expect((await post("/api/v1/summarize", { text: "A" }, withKey("k".repeat(256)))).status).toBe(422);
  });

  it("finishes what a process that died between reserving and writing has begun", async () => {
    const first = await post("/api/v1/summarize", { text: article }, withKey("crash"));
    const id = await idOf(first);
    const [record = ""] = (await searchRedis(redis, [id])).filter((key) => key.includes(":idempotency:"));
    // As it would be after such a death: reserved, and nothing written.
    await waitForState(
      () => redis.get(record),
      (value) => value?.endsWith(" accepted") ?? false,
    );
    const reserved = (await redis.get(record))?.replace("accepted", "reserved") ?? "";
    await fetch(`${idle.url}/api/v1/jobs/${id}`, { method: "DELETE" });
    await redis.set(record, reserved);
    const again = await post("/api/v1/summarize", { text: article }, withKey("crash"));
    expect(again.status).toBe(202);
    expect(await idOf(again)).toBe(id);
    expect((await readJob(idle, id)).status).toBe("queued");
    expect(await redis.get(`precis:text:${id}`)).toBe(article);
  });

  it("of a job that was deleted is free again", async () => {
    const id = await idOf(await post("/api/v1/summarize", { text: article }, withKey("deleted")));
    await fetch(`${idle.url}/api/v1/jobs/${id}`, { method: "DELETE" });
    const again = await post("/api/v1/summarize", { text: article }, withKey("deleted"));
    expect(again.headers.get("idempotency-replayed")).toBeNull();
    expect(await idOf(again)).not.toBe(id);
  });
});

describe("a batch", () => {
  it("takes the valid items, names the others by index, and has one status", async () => {
    const items = [
      { text: article, max_length: 8 },
      { text: "" },
      { text: article, model: "t5", max_length: 8, metadata: { n: "2" } },
      "nonsense",
      { text: article, deadline: "2020-01-01T00:00:00Z" },
    ];
    const answer = await post("/api/v1/batches", { items }, json, precis);
    expect(answer.status).toBe(202);
    const accepted = (await answer.json()) as BatchAccepted;
    expect(answer.headers.get("location")).toBe(accepted.links.self);
    expect(accepted.jobs.map(({ index }) => index)).toEqual([0, 2]);
    expect(accepted.errors.map(({ index, errors }) => [index, errors[0]?.field])).toEqual([
      [1, "text"],
      [3, "body"],
      [4, "deadline"],
    ]);
    const done = await waitForState(
      async () => (await (await fetch(`${precis.url}${accepted.links.self}`)).json()) as BatchView,
      ({ status }) => status === "completed",
    );
    expect(done.counts).toMatchObject({ completed: 2, refused: 3, queued: 0, gone: 0 });
    expect(done.jobs.map(({ id }) => id)).toEqual(accepted.jobs.map(({ id }) => id));
    const job = await readJob(precis, accepted.jobs[1]?.id ?? "");
    expect(job).toMatchObject({ model: "t5", metadata: { n: "2" }, batch: accepted.id });
    await fetch(`${precis.url}/api/v1/jobs/${job.id}`, { method: "DELETE" });
    const after = (await (await fetch(`${precis.url}${accepted.links.self}`)).json()) as BatchView;
    expect(after.counts).toMatchObject({ completed: 1, gone: 1 });
    expect((await fetch(`${precis.url}/api/v1/batches/batch_none`)).status).toBe(404);
  });

  it("of 1,000 is taken at once and only once per key; of none, of 1,001 or without a valid item it is refused", async () => {
    const headers = { ...json, "idempotency-key": "batch" };
    const items = Array.from({ length: 1_000 }, (_, n) => ({ text: `Text ${n}. ${article.slice(0, 500)}` }));
    const before = await storedQueue(redis).countWaiting();
    const answers = await Promise.all([1, 2, 3].map(() => post("/api/v1/batches", { items }, headers)));
    const bodies = (await Promise.all(answers.map((answer) => answer.json()))) as BatchAccepted[];
    expect(new Set(bodies.map(({ id }) => id)).size).toBe(1);
    expect(bodies[0]?.jobs).toEqual(bodies[1]?.jobs);
    expect(await storedQueue(redis).countWaiting()).toBe(before + 1_000);
    const view = (await (await fetch(`${idle.url}/api/v1/batches/${bodies[0]?.id}`)).json()) as BatchView;
    expect(view).toMatchObject({ status: "queued", size: 1_000, counts: { queued: 1_000 } });

    const refused = [{ items: [] }, { items: [...items, { text: "x" }] }, { items: [{ text: " " }] }, [], "x"];
    for (const body of refused) expect((await post("/api/v1/batches", JSON.stringify(body))).status).toBe(422);
  });
});

it("jobs can be listed from the newest to the oldest, in pages that hold still while jobs are added", async () => {
  const since = new Date().toISOString();
  const made: string[] = [];
  for (let n = 0; n < 25; n += 1) {
    made.unshift(await idOf(await post("/api/v1/summarize", { text: article, model: n % 5 === 0 ? "t5" : "bart" })));
  }
  const page = async (query: string) =>
    (await (await fetch(`${idle.url}/api/v1/jobs?created_after=${since}&${query}`)).json()) as JobPage;
  const seen: JobView[] = [];
  let cursor: string | undefined = "";
  while (cursor !== undefined) {
    const next: JobPage = await page(`limit=10${cursor === "" ? "" : `&cursor=${cursor}`}`);
    seen.push(...next.jobs);
    cursor = next.next_cursor;
    if (seen.length === 10) await post("/api/v1/summarize", { text: "Added in between." });
  }
  expect(seen.map(({ id }) => id)).toEqual([...made].sort().reverse());
  expect((await page("model=t5")).jobs).toHaveLength(5);
  await fetch(`${idle.url}/api/v1/jobs/${made[3]}/cancel`, { method: "POST" });
  expect((await page("status=cancelled")).jobs.map(({ id }) => id)).toEqual([made[3]]);
  await fetch(`${idle.url}/api/v1/jobs/${made[3]}`, { method: "DELETE" });
  expect((await page("limit=200")).jobs.map(({ id }) => id)).not.toContain(made[3]);
  for (const query of ["status=done", "limit=0", "limit=201", "cursor=x", "created_after=now", "page=2"]) {
    expect((await fetch(`${idle.url}/api/v1/jobs?${query}`)).status).toBe(422);
  }
});
