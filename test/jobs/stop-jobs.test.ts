import { readFile } from "node:fs/promises";
import type { JobAccepted, JobPage, JobView, Problem } from "@precis/contracts";
import type { Precis } from "@precis/launcher";
import { connect, type Redis } from "@precis/redis";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { readJob, readWorkers, submit } from "../support/call-api.js";
import { readEvents } from "../support/read-events.js";
import { searchRedis } from "../support/search-redis.js";
import { startPrecis } from "../support/start-precis.js";
import { waitForState } from "../support/wait-for-state.js";

const article = await readFile(new URL("../../models/samples/article.txt", import.meta.url), "utf8");
/** Much work: nothing here waits for its end. */
const endless = Array.from({ length: 80 }, (_, part) => `Part ${part}. ${article}`).join("\n\n");
let precis: Precis;
let redis: Redis;

beforeAll(async () => {
  precis = await startPrecis({ WORKERS: "2", WORKER_CONCURRENCY: "1" });
  redis = await connect(precis.redis.url, "background");
});
afterAll(async () => {
  redis.disconnect();
  await precis.stop();
});

afterEach(async () => {
  // A test that failed must not leave its work to the next one.
  const { jobs } = (await (await fetch(`${precis.url}/api/v1/jobs?limit=200`)).json()) as JobPage;
  const open = jobs.filter(({ status }) => status === "queued" || status === "running");
  await Promise.all(open.map(({ id }) => post(id, "cancel")));
});

const accept = async (text: string, rest = {}) =>
  ((await (await submit(precis, { text, max_length: 20, ...rest })).json()) as JobAccepted).id;
const post = (id: string, action: string) => fetch(`${precis.url}/api/v1/jobs/${id}/${action}`, { method: "POST" });
const inFlight = async () =>
  (await readWorkers(precis)).flatMap(({ models }) => models).reduce((sum, model) => sum + model.in_flight, 0);

/** Both workers at work, so that whatever comes next has to wait. */
async function occupy(): Promise<string[]> {
  const ids = await Promise.all([accept(endless), accept(endless)]);
  for (const id of ids) {
    await waitForState(
      () => readJob(precis, id),
      ({ progress }) => (progress?.tokens ?? 0) > 0,
    );
  }
  return ids;
}

describe("cancelling", () => {
  it("ends a waiting job at once, running ones within a token on whichever worker, and drops their results", async () => {
    const [one = "", other = ""] = await occupy();
    const waiting = await accept(article);
    const events = (async () => {
      const names = [];
      for await (const { event } of readEvents(precis.url, waiting)) names.push(event);
      return names;
    })();
    await waitForState(
      async () => (await redis.pubsub("NUMSUB", `precis:job-channel:${waiting}`)) as [string, number],
      ([, followers]) => Number(followers) === 1,
    );

    const answer = await post(waiting, "cancel");
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ id: waiting, status: "cancelled", attempts: 0 });
    expect(await events).toEqual(["queued", "cancelled"]);

    for (const id of [one, other]) {
      const cancelled = await post(id, "cancel");
      expect(cancelled.status).toBe(200);
      const job = (await cancelled.json()) as JobView;
      expect(job).toMatchObject({ status: "cancelled", error: { code: "cancelled" } });
      expect(job.summary).toBeUndefined();
      expect(await redis.exists(`precis:result:${id}`)).toBe(0);
    }
    await waitForState(inFlight, (count) => count === 0);
    for (const id of [waiting, one, other]) expect((await readJob(precis, id)).status).toBe("cancelled");
  });

  it("of a job that waits inside a worker for its model to load leaves nothing behind", async () => {
    await fetch(`${precis.url}/memory/unload`, { method: "POST" });
    const id = await accept(article);
    await waitForState(
      () => readJob(precis, id),
      ({ status }) => status !== "queued",
    );
    const answer = await post(id, "cancel");
    const job = await readJob(precis, id, 30);
    // The load may have been quicker than the cancel; then the job has ended, and said so.
    if (answer.status === 409) expect(job.status).toBe("completed");
    else expect(job.status).toBe("cancelled");
  });

  it("of a finished job is refused, and so is cancelling twice", async () => {
    const id = await accept(article);
    expect((await readJob(precis, id, 60)).status).toBe("completed");
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const answer = await post(id, "cancel");
      expect(answer.status).toBe(409);
      expect(((await answer.json()) as Problem).code).toBe("job_finished");
    }
    expect((await post("job_none", "cancel")).status).toBe(404);
  });
});

describe("trying again", () => {
  it("runs a cancelled job once more under its own id", async () => {
    const [one = "", other = ""] = await occupy();
    const id = await accept(article);
    await post(id, "cancel");
    const answers = await Promise.all([post(id, "retry"), post(id, "retry"), post(id, "retry")]);
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409, 409]);
    expect((await readJob(precis, id)).status).toBe("queued");
    await Promise.all([post(one, "cancel"), post(other, "cancel")]);
    expect(await readJob(precis, id, 60)).toMatchObject({ status: "completed", attempts: 1 });

    // A job that was cancelled while it ran can be run again too.
    await post(one, "retry");
    await waitForState(
      () => readJob(precis, one),
      ({ status }) => status === "running",
    );
    expect((await post(one, "cancel")).status).toBe(200);
  });

  it("is refused with the reason when there is nothing to try again", async () => {
    const id = await accept(article);
    await readJob(precis, id, 60);
    const completed = await post(id, "retry");
    expect(completed.status).toBe(409);
    expect(((await completed.json()) as Problem).code).toBe("job_not_failed");

    const [one = "", other = ""] = await occupy();
    const waiting = await accept(article);
    await Promise.all([one, other, waiting].map((job) => post(job, "cancel")));
    await redis.del(`precis:text:${waiting}`);
    const lost = await post(waiting, "retry");
    expect(lost.status).toBe(409);
    expect(((await lost.json()) as Problem).code).toBe("text_lost");
  });
});

describe("deleting", () => {
  const needle = "Quetzalcoatlus";

  it.each(["completed", "waiting", "running"])("a %s job leaves no trace of its text and its id", async (state) => {
    const occupied = state === "waiting" ? await occupy() : [];
    const id = await accept(`The ${needle} was a large animal. ${state === "running" ? endless : article}`);
    if (state === "completed") expect((await readJob(precis, id, 60)).status).toBe("completed");
    if (state === "running") {
      await waitForState(
        () => readJob(precis, id),
        ({ progress }) => (progress?.tokens ?? 0) > 0,
      );
    }
    expect(await searchRedis(redis, [id, needle])).not.toEqual([]);
    const answer = await fetch(`${precis.url}/api/v1/jobs/${id}`, { method: "DELETE" });
    expect(answer.status).toBe(204);
    expect(await searchRedis(redis, [id, needle])).toEqual([]);
    expect((await fetch(`${precis.url}/api/v1/jobs/${id}`)).status).toBe(404);
    expect((await fetch(`${precis.url}/api/v1/jobs/${id}`, { method: "DELETE" })).status).toBe(404);
    await Promise.all(occupied.map((job) => post(job, "cancel")));
  });
});
