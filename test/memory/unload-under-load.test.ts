import { readFile } from "node:fs/promises";
import type { CommandResult } from "@precis/contracts";
import type { Precis } from "@precis/launcher";
import { storedQueue } from "@precis/queue/testing";
import { connect } from "@precis/redis";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readJob, readWorkers, submitAccepted } from "../support/call-api.js";
import { startPrecis } from "../support/start-precis.js";
import { waitForState } from "../support/wait-for-state.js";

const article = (await readFile(new URL("../../models/samples/article.txt", import.meta.url), "utf8")).slice(0, 300);
const jobCount = 200;
const unloadCount = 20;
let precis: Precis;

beforeAll(async () => {
  precis = await startPrecis({ WORKERS: "4", MODEL_THREADS: "1", JOB_LOCK: "30s", LOG_LEVEL: "fatal" });
});
afterAll(() => precis.stop());

const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(Math.random() * items.length)] as Item;

it("4 workers, 200 jobs in flight, 20 unloads at random: every job is done, once, and no unload is starved", async () => {
  const workers = await waitForState(
    () => readWorkers(precis),
    (all) => all.filter(({ status }) => status === "running").length === 4,
  );
  const accepted = await Promise.all(
    Array.from({ length: jobCount }, (_, n) => {
      const body = { text: `Part ${n}. ${article}`, model: n % 3 === 0 ? "t5" : "bart", max_length: 6 };
      return submitAccepted(precis, body);
    }),
  );
  const unload = async (): Promise<CommandResult> => {
    const target = { models: [pick(["bart", "t5"])], workers: [pick(workers).id], mode: pick(["drain", "now"]) };
    // One in ten means everything.
    const body = Math.random() < 0.1 ? "" : JSON.stringify(target);
    return (await (await fetch(`${precis.url}/memory/unload`, { method: "POST", body })).json()) as CommandResult;
  };
  const answers: Promise<CommandResult>[] = [];
  for (let n = 0; n < unloadCount; n += 1) {
    answers.push(unload());
    await new Promise((wake) => setTimeout(wake, Math.random() * 400));
  }
  for (const answer of await Promise.all(answers)) expect(answer).toMatchObject({ status: "ok", no_answer: [] });

  const ids = new Set(accepted.map(({ id }) => id));
  expect(ids.size).toBe(jobCount);
  for (const id of ids) {
    const job = await waitForState(
      () => readJob(precis, id, 30),
      ({ status }) => status !== "queued" && status !== "running",
      110_000,
    );
    expect(job.status, JSON.stringify(job)).toBe("completed");
  }
  const redis = await connect(precis.redis.url, "request");
  const completed = await storedQueue(redis).readEvents("completed");
  redis.disconnect();
  expect(completed.toSorted()).toEqual([...ids].toSorted());
});
