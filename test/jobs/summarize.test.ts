import { readFile } from "node:fs/promises";
import type { JobAccepted, JobView, Problem } from "@precis/contracts";
import type { Precis } from "@precis/launcher";
import { storedQueue } from "@precis/queue/testing";
import { connect } from "@precis/redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readJob, readWorkers, submit, submitAccepted } from "../support/call-api.js";
import { startPrecis } from "../support/start-precis.js";
import { waitForState } from "../support/wait-for-state.js";

const article = await readFile(new URL("../../models/samples/article.txt", import.meta.url), "utf8");
let precis: Precis;

beforeAll(async () => {
  precis = await startPrecis();
});
afterAll(() => precis.stop());

describe("a summary", () => {
  it("loads nothing before a job needs it", async () => {
    const [worker] = await readWorkers(precis);
    expect(worker?.models.map(({ state, rss }) => ({ state, rss }))).toEqual([
      { state: "absent", rss: 0 },
      { state: "absent", rss: 0 },
    ]);
  });

  it.each(["bart", "t5"])("is written by %s within the wait asked for", async (model) => {
    const answer = await submit(precis, { text: article, model, max_length: 60 }, 60);
    expect(answer.status).toBe(200);
    const job = (await answer.json()) as JobView;
    expect(job).toMatchObject({ status: "completed", model, truncated: false });
    expect(job.output_tokens).toBeLessThanOrEqual(60);
    expect(job.input_tokens).toBeGreaterThan(200);
    expect(job.summary?.length).toBeGreaterThan(20);
    // Both models select from the text, so a good part of the words is in it.
    const words = (job.summary ?? "").split(/\W+/).filter((word) => word.length > 4);
    expect(words.filter((word) => article.includes(word)).length / words.length).toBeGreaterThan(0.8);
  });

  it("is accepted at once without a wait, and can be followed", async () => {
    const answer = await submit(precis, { text: article, max_length: 20 });
    expect(answer.status).toBe(202);
    const accepted = (await answer.json()) as JobAccepted;
    expect(answer.headers.get("location")).toBe(accepted.links.self);
    expect((await readJob(precis, accepted.id, 60)).status).toBe("completed");
  });

  it("of a long text covers all of it in chunks", async () => {
    const text = Array.from({ length: 12 }, (_, part) => `Part ${part}. ${article}`).join("\n\n");
    const job = (await (await submit(precis, { text, max_length: 40 }, 60)).json()) as JobView;
    expect(job.chunks).toBeGreaterThan(10);
    expect(job.truncated).toBe(false);
    expect(job.output_tokens).toBeLessThanOrEqual(40);
  });

  it.each([
    ["one word", "Hello"],
    ["emoji", "😀👩‍👩‍👧 ".repeat(40)],
    ["right-to-left text", "مرحبا بالعالم. ".repeat(40)],
    ["NULs and lone surrogates", `A \u0000 text \ud800 with odd characters. ${article}`],
    ["no spaces at all", "x".repeat(5_000)],
  ])("of %s does not crash and is not cut", async (_, text) => {
    const job = (await (await submit(precis, { text, max_length: 12, min_length: 1 }, 60)).json()) as JobView;
    expect(job).toMatchObject({ status: "completed", truncated: false });
    expect(job.output_tokens).toBeLessThanOrEqual(12);
  });

  it("of a text no longer than the shortest summary is the text itself", async () => {
    const job = (await (await submit(precis, { text: " A   short text. " }, 60)).json()) as JobView;
    expect(job).toMatchObject({ summary: "A short text.", notice: "text_shorter_than_summary" });
  });

  it("leaves text and summary in their own expiring keys, not in job data", async () => {
    const job = (await (await submit(precis, { text: article, max_length: 20 }, 60)).json()) as JobView;
    const redis = await connect(precis.redis.url, "request");
    const hash = JSON.stringify(await storedQueue(redis).hash(job.id));
    expect(hash).not.toContain("saferide");
    expect(hash).not.toContain(article.slice(0, 40));
    expect(await redis.get(`precis:text:${job.id}`)).toBe(article);
    expect(await redis.ttl(`precis:text:${job.id}`)).toBeGreaterThan(0);
    expect(await redis.ttl(`precis:result:${job.id}`)).toBeGreaterThan(0);
    redis.disconnect();
  });
});

describe("bad input", () => {
  it.each([
    ["an empty text", { text: "" }, "text"],
    ["white space", { text: " \n\t " }, "text"],
    ["an unknown model", { text: "x", model: "gpt" }, "model"],
    ["a misspelt field", { text: "x", max_lenght: 3 }, "max_lenght"],
    ["a length that is no number", { text: "x", max_length: "3" }, "max_length"],
    ["lengths that contradict", { text: "x", max_length: 3, min_length: 9 }, "min_length"],
  ])("%s is refused by naming the field", async (_, body, field) => {
    const answer = await submit(precis, JSON.stringify(body));
    expect(answer.status).toBe(422);
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
    const problem = (await answer.json()) as Problem;
    expect(problem.errors?.map((error) => error.field)).toContain(field);
  });

  it("that is not JSON gets a 400, an unknown job a 404", async () => {
    expect((await submit(precis, "{nope")).status).toBe(400);
    expect((await fetch(`${precis.url}/api/v1/jobs/none`)).status).toBe(404);
  });
});

describe("memory", () => {
  it("loads a model once for many simultaneous jobs, and gives it back when told", async () => {
    await fetch(`${precis.url}/memory/unload`, { method: "POST" });
    const loads = async () => (await readWorkers(precis))[0]?.models.map((model) => model.loads) ?? [];
    const before = await loads();
    const accepted = await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        submitAccepted(precis, { text: article, model: n % 2 === 0 ? "bart" : "t5", max_length: 8 }),
      ),
    );
    for (const { id } of accepted) {
      const job = await waitForState(
        () => readJob(precis, id, 30),
        ({ status }) => status === "completed",
        300_000,
      );
      expect(job.attempts).toBe(1);
    }
    const worker = (await readWorkers(precis))[0];
    const t5 = worker?.models.find(({ model }) => model === "t5");
    expect(await loads()).toEqual(before.map((count) => count + 1));

    const answer = (await (await fetch(`${precis.url}/memory/unload`, { method: "POST" })).json()) as {
      status: string;
      workers: { freed: number }[];
    };
    expect(answer.status).toBe("ok");
    expect(answer.workers[0]?.freed).toBeGreaterThan(50e6);
    expect(() => process.kill(t5?.pid as number, 0)).toThrow();
  }, 300_000);
});

it("Bull Board and the API description are served", async () => {
  expect((await fetch(`${precis.url}/admin/queues`)).status).toBe(200);
  expect(((await (await fetch(`${precis.url}/openapi.json`)).json()) as { openapi: string }).openapi).toBe("3.1.0");
});
